using System.Text;
using LogShipper.Cli;
using LogShipper.Sinks.Stdout;
using LogShipper.Tests.Configuration;

namespace LogShipper.Tests.Cli;

public sealed class CommandOutputTests
{
    [Theory]
    [InlineData("é\n")]
    [InlineData("a line of a table that is longer than one page of a pipe\n", 200)]
    public async Task What_a_command_says_arrives_whole_whatever_each_write_takes(string line, int times = 1)
    {
        var output = new NarrowOutput();
        await using var writer = CommandOutput.Open(output);
        var text = string.Concat(Enumerable.Repeat(line, times));
        await writer.WriteAsync(text);
        Assert.Equal(text, Encoding.UTF8.GetString(output.Taken.ToArray()));
    }

    [Theory]
    [InlineData(true, ExitCode.NoReader, "")]
    [InlineData(false, ExitCode.Problems, "no space left for stdout\n")]
    public async Task A_command_ends_when_nobody_reads_it_and_says_why_when_it_cannot_write(bool isClosed, int exitCode, string words)
    {
        await using var writer = CommandOutput.Open(new NarrowOutput { Ends = (1000, isClosed ? WriteResult.Closed : WriteResult.Failed) });
        await using var error = new StringWriter { NewLine = "\n" };
        var setup = new CommandSetup(new FakeSurroundings(), TimeProvider.System, (_, _, _) => Task.FromResult(ExitCode.Left), _ => null);
        Assert.Equal(exitCode, await CommandLine.InvokeAsync(["schema"], setup, writer, error, TestContext.Current.CancellationToken));
        Assert.Equal(words, error.ToString());
    }

    /// <summary>Takes up to 7 bytes a write, is full every third time, and ends after so many bytes.</summary>
    private sealed class NarrowOutput : IStandardOutput
    {
        private int _writes;

        public (int AfterBytes, WriteResult As) Ends { get; init; } = (int.MaxValue, WriteResult.Written);

        public List<byte> Taken { get; } = [];

        public SemaphoreSlim Turnstile { get; } = new(1, 1);

        public bool IsReady(TimeSpan timeout) => ++_writes % 5 != 0;

        public WriteResult Write(ReadOnlySpan<byte> bytes, out int written, out string reason)
        {
            (written, reason) = (0, "");
            if (Taken.Count >= Ends.AfterBytes)
            {
                reason = "no space left for stdout";
                return Ends.As;
            }

            if (_writes % 3 == 0)
            {
                return WriteResult.Full;
            }

            written = Math.Min(7, bytes.Length);
            Taken.AddRange(bytes[..written]);
            return WriteResult.Written;
        }
    }
}
