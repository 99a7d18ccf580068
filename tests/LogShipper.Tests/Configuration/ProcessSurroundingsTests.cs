using LogShipper.Configuration;
using LogShipper.Tests.Cli;

namespace LogShipper.Tests.Configuration;

public sealed class ProcessSurroundingsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProcessSurroundings _surroundings = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_missing_directory_is_made_and_nothing_stays_in_it()
    {
        Assert.Null(_surroundings.WritableDirectoryFault(_directory.Join("a/b")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Join("a/b")));
    }

    [Fact]
    public void A_file_is_no_directory_that_can_be_written() =>
        Assert.StartsWith("cannot be written: ", _surroundings.WritableDirectoryFault(_directory.Write("file", "")), StringComparison.Ordinal);

    [Fact]
    public void A_directory_that_the_kernel_gives_no_files_to_cannot_be_written() =>
        Assert.StartsWith("cannot be written: ", _surroundings.WritableDirectoryFault("/proc/self"), StringComparison.Ordinal);

    [Fact]
    public void Files_are_readable_missing_or_directories()
    {
        Assert.Null(_surroundings.FileFault(_directory.Write("file", "x")));
        Assert.Equal("does not exist", _surroundings.FileFault(_directory.Join("none")));
        Assert.Equal("does not exist", _surroundings.FileFault(_directory.Join("none/none")));
        Assert.Equal("is a directory", _surroundings.FileFault(_directory.Path));
    }

    [Fact]
    public void The_environment_and_the_host_are_those_of_the_process()
    {
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), _surroundings.EnvironmentVariables["PATH"]);
        Assert.NotEmpty(_surroundings.HostName);
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "a"), _surroundings.FullPath("./b/../a"));
    }
}
