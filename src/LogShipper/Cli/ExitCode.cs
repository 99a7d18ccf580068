namespace LogShipper.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    /// <summary>Everything was delivered; or the check found nothing wrong.</summary>
    public const int Success = 0;

    /// <summary>The configuration has problems; or the check found some.</summary>
    public const int Problems = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>Something was left; it stands in the checkpoint.</summary>
    public const int Left = 3;

    /// <summary>Nobody reads what the command says any more; what the shell reports of a program that SIGPIPE ended (128 + 13).</summary>
    public const int NoReader = 141;
}
