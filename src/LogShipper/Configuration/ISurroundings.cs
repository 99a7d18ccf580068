namespace LogShipper.Configuration;

/// <summary>What the configuration asks of the machine that it is loaded on.</summary>
internal interface ISurroundings
{
    IReadOnlyDictionary<string, string> EnvironmentVariables { get; }

    string HostName { get; }

    /// <summary>The path with no <c>.</c> and <c>..</c>, from the working directory if it is relative.</summary>
    string FullPath(string path);

    /// <summary>Everything that the file holds.</summary>
    byte[] ReadFile(string path);

    /// <summary>Null: it is a file that can be read; else what is wrong with it.</summary>
    string? FileFault(string path);

    /// <summary>Null: it is a directory (made if it was not there) in which files can be written; else what is wrong with it.</summary>
    string? WritableDirectoryFault(string path);
}
