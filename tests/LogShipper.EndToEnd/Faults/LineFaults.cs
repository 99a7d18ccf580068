using System.Text;

namespace LogShipper.EndToEnd.Faults;

public sealed class LineFaults : FaultTest
{
    private const int MaxLineBytes = 1 << 20;

    [Fact]
    public Task A_line_is_1_MiB_long() => PlayAsync(
        new(Part.Lines, "1 MiB line", "a line of exactly 1 MiB between others", "a line of up to MaxLineBytes is shipped whole") { Loads = false },
        async () =>
        {
            Access.Write(100);
            // With the newline it is as long as a line may be.
            Access.Write(1, agent: new string('a', MaxLineBytes - 1 - LengthOfRest(100)));
            Access.Write(100);
            Access.Close();
            await StartAsync();
            await CaughtUpAsync();
            await InterruptAsync();
            AssertStdoutIsTheLog();
            Assert.DoesNotContain(Shipper.Messages, message => message.Contains("MaxLineBytes", StringComparison.Ordinal));
            await StartAsync();
        });

    [Fact]
    public Task A_line_is_100_MB_long_and_does_not_end() => PlayAsync(
        new(Part.Lines, "100 MB line without newline", "100 MB without a newline, which comes later, other lines before and after it", "cut at MaxLineBytes and flagged; the rest is skipped, in bounded memory, and is counted and told once") { Loads = false, LedgerLoses = "line_too_long" },
        async () =>
        {
            Access.Write(100);
            var block = new byte[1_000_000];
            block.AsSpan().Fill((byte)'y');
            await StartAsync();
            for (var written = 0; written < 100; written++)
            {
                Access.WriteBytes(block);
            }

            await WaitAsync(Scale.SomeLooks);
            Access.WriteBytes("\n"u8);
            Access.Write(100);
            await CaughtUpAsync();
            await EventuallyAsync(() => Losses() == 2, "the loss is told by each lane", Scale.Patience);
            var megabytes = ReceiverFaults.PeakMegabytes(Shipper.Id);
            Note($"peak memory of the process {megabytes} MB");
            Assert.True(megabytes < 250, $"{megabytes} MB were used.\n{Describe()}");

            int Losses() => Shipper.Messages.Count(message => message.Contains(" are lost ", StringComparison.Ordinal));
        });

    [Fact]
    public Task Lines_have_NUL_bytes() => ShipBytesAsync("NUL bytes", "NUL bytes in the middle of lines and lines of nothing else", "a\0\0b", ["\0\0\0\0\n", "\0\n"]);

    [Fact]
    public Task Lines_have_invalid_UTF_8() => ShipBytesAsync("invalid UTF-8", "lone continuation bytes, cut sequences, overlong forms, surrogates", "\xff\xfe \xc3 \x80\x80 \xed\xa0\x80 \xf0\x9f\x92 \xc0\xaf", ["\xff\xff\xff\n", "\xe2\x82\n"]);

    [Fact]
    public Task Lines_end_with_CRLF() => ShipBytesAsync("CRLF", "every line ends with CRLF", null, ["\r\n"], "\r\n");

    [Fact]
    public Task Lines_are_empty() => ShipBytesAsync("empty lines", "empty lines between the others", null, ["\n", "\n\n\n", " \n"]);

    [Fact]
    public Task The_last_line_is_torn_and_the_log_is_rotated() => PlayAsync(
        new(Part.Lines, "torn last line, then rotation", "the log ends within a line when it is renamed and reopened; the line is never finished", "once nobody can finish it, it is shipped as it is") { Loads = false },
        async () =>
        {
            Access.Write(100);
            await StartAsync();
            await CaughtUpAsync();
            Access.Write(1, end: "");
            Access.Rename();
            Access.Reopen();
            Access.Write(100);
            await CaughtUpAsync();
        });

    private static int LengthOfRest(int number) =>
        $"192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] \"GET /n/{number} HTTP/1.1\" 200 {number % 999} \"-\" \"\" \"-\"".Length;

    private Task ShipBytesAsync(string name, string what, string? agent, string[] between, string end = "\n") => PlayAsync(
        new(Part.Lines, name, what, "lines are bytes: raw on stdout, valid JSON in Elasticsearch") { Loads = false },
        async () =>
        {
            for (var line = 0; line < 400; line++)
            {
                Access.Write(1, agent, end);
                Access.WriteBytes(Encoding.Latin1.GetBytes(between[line % between.Length]));
            }

            await StartAsync();
            Access.Write(100, agent, end);
            await CaughtUpAsync();
            Access.Close();
            await InterruptAsync();
            AssertStdoutIsTheLog();
            await StartAsync();
        });

    private void AssertStdoutIsTheLog() =>
        Assert.True(File.ReadAllBytes(Access.FilePath).AsSpan().SequenceEqual(File.ReadAllBytes(Shipper.OutputPath)), $"stdout is not, byte for byte, the log\n{Describe()}");
}
