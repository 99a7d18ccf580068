using System.CommandLine;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Cli;

/// <summary><c>logshipper try</c>: what would become of a line, from the configuration alone.</summary>
internal static class TryCommand
{
    private const int MostBytes = 16 << 20;

    public static Command Create(CommandSetup setup, ConfigurationOptions options)
    {
        var log = new Option<string>("--log") { HelpName = "NAME", Description = "The log whose formats read the lines.", Required = true };
        var sink = new Option<string?>("--sink") { HelpName = "NAME", Description = "Only what this sink would get." };
        var command = new Command(
            "try",
            "Read lines from stdin and show what each sink would get of them; of a line that no format fits, where it departs from each. Needs no running shipper and sends nothing. "
            + "Exits with 1 when a line does not parse. Example: tail -n 1 /var/log/nginx/access.log | logshipper try --log access --sink es")
        {
            log,
            sink,
        };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            setup, options.SourcesOf(parsed), parsed.GetValue(log)!, parsed.GetValue(sink), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandSetup setup, ConfigurationSources sources, string logName, string? sinkName, InvocationConfiguration console, CancellationToken cancellation)
    {
        var loaded = new ConfigurationLoader(setup.Surroundings).Load(sources);
        if (loaded.Draft is not { } plan || loaded.Problems.Any(problem => !problem.Key.EndsWith(Settings.StateDirectory.Name, StringComparison.Ordinal)))
        {
            return await CommandSetup.TellAsync(console.Error, loaded.Problems);
        }

        if (plan.Logs.FirstOrDefault(candidate => candidate.Name == logName) is not { } log)
        {
            await console.Error.WriteLineAsync($"There is no log {PrintableText.Quote(logName)}; there are {string.Join(", ", plan.Logs.Select(known => known.Name))}.");
            return ExitCode.Problems;
        }

        var sinks = plan.Sinks.Where(candidate => candidate.Logs.Contains(log.Name) && (sinkName is null || candidate.Name == sinkName)).ToArray();
        if (sinks.Length == 0)
        {
            await console.Error.WriteLineAsync($"No sink {(sinkName is null ? "" : $"{PrintableText.Quote(sinkName)} ")}gets {log.Name}.");
            return ExitCode.Problems;
        }

        var (bytes, length) = await ReadAsync(setup.OpenInput(), cancellation);
        if (length > MostBytes)
        {
            await console.Error.WriteLineAsync($"More than {ByteSize.Format(MostBytes)} on stdin; give fewer lines.");
            return ExitCode.Problems;
        }

        await using var made = new MadeSinks(setup, sinks);
        return new Trial(log, made.WritersFor(log), console.Output, setup.Time).Run(bytes, length) ? ExitCode.Success : ExitCode.Problems;
    }

    private static async Task<(byte[] Bytes, int Length)> ReadAsync(Stream input, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (await input.ReadAsync(buffer.AsMemory(length), cancellation) is > 0 and var read)
        {
            length += read;
            if (length > MostBytes)
            {
                break;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return (buffer, length);
    }

    /// <summary>The sinks, made to be asked what they would write; nothing is contacted.</summary>
    private sealed class MadeSinks(CommandSetup setup, SinkPlan[] plans) : IAsyncDisposable
    {
        private readonly (string Name, ISink? Sink)[] _sinks = [.. plans.Select(plan => (plan.Name, setup.CreateSink(plan)))];

        public (string Name, IRecordWriter Writer)[] WritersFor(LogPlan log)
        {
            var dataset = LogParser.Compile(log.Formats, log.TimeZone, [])!.Dataset;
            return [.. _sinks.Where(made => made.Sink is not null).Select(made => (made.Name, made.Sink!.CreateWriter(new SinkLog(log.Name, dataset, log.KeepOriginal))))];
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, sink) in _sinks)
            {
                if (sink is not null)
                {
                    await sink.DisposeAsync();
                }
            }
        }
    }

    /// <summary>The lines of stdin, one after the other.</summary>
    private sealed class Trial(LogPlan log, (string Name, IRecordWriter Writer)[] writers, TextWriter output, TimeProvider time)
    {
        private readonly LogParser _parser = LogParser.Compile(log.Formats, log.TimeZone, [])!;
        private readonly (string Format, LogParser Parser)[] _formats = [.. log.Formats.Select(format => (format, LogParser.Compile([format], log.TimeZone, [])!))];

        /// <summary>True: all of them were parsed.</summary>
        public bool Run(byte[] bytes, int length)
        {
            var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
            bytes.AsSpan(0, length).CopyTo(rented);
            var now = time.GetUtcNow().UtcTicks;
            using var batch = new Batch(default, 0, length, rented, 0, length, _parser) { Log = log.Name, Path = log.Path, ReadAtTicks = now, TimeBeforeTicks = now, LastTimeTicks = now };
            using var written = new PayloadBuffer(4096);
            var fields = new FieldTable();
            var allParsed = true;
            foreach (var raw in batch)
            {
                // What stdin cut off is no torn line.
                var whole = new RawRecord(raw.Index, raw.Offset, raw.Bytes, raw.Flags & ~RecordFlags.Torn);
                var record = new Record(whole, batch, fields);
                output.WriteLine($"{raw.Index + 1}: {Printable(raw.Content)}");
                var isParsed = _parser.Parse(ref record);
                allParsed &= isParsed;
                if (isParsed)
                {
                    output.WriteLine($"  read as {PrintableText.Quote(FormatOf(whole, batch))}{(record.HasOwnTime ? "" : ", without a time of its own")}");
                }
                else
                {
                    ExplainAll(raw.Content);
                }

                foreach (var (name, writer) in writers)
                {
                    WriteFor(name, writer, whole, batch, fields, written);
                }
            }

            return allParsed;
        }

        private void ExplainAll(ReadOnlySpan<byte> content)
        {
            output.WriteLine("  not parsed, shipped whole as message:");
            foreach (var format in log.Formats)
            {
                output.WriteLine($"    {PrintableText.Quote(format)}: {FormatDiagnosis.Explain(format, content)}");
            }
        }

        private void WriteFor(string name, IRecordWriter writer, RawRecord raw, Batch batch, FieldTable fields, PayloadBuffer written)
        {
            var record = new Record(raw, batch, fields);
            if (writer.Parses)
            {
                _parser.Parse(ref record);
            }

            written.Clear();
            writer.Write(ref record, written);
            var text = written.WrittenSpan;
            foreach (var range in (text is [.., (byte)'\n'] ? text[..^1] : text).Split((byte)'\n'))
            {
                output.WriteLine($"  {name}: {Printable(text[range])}");
            }
        }

        private string FormatOf(RawRecord raw, Batch batch)
        {
            foreach (var (format, parser) in _formats)
            {
                var record = new Record(raw, batch);
                if (parser.Parse(ref record))
                {
                    return format;
                }
            }

            return "";
        }

        private static string Printable(ReadOnlySpan<byte> text) => PrintableText.Escape(Encoding.UTF8.GetString(text));
    }
}
