using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Stages;
using LogShipper.Tailing;

namespace LogShipper.Fuzz;

/// <summary>What takes bytes that somebody else made. A target throws when something is wrong, be it that what it calls does.</summary>
internal static class FuzzTargets
{
    public static readonly SortedDictionary<string, Action<byte[]>> All = new(StringComparer.Ordinal)
    {
        ["line"] = Line,
        ["format"] = Format,
        ["bulk"] = Bulk,
        ["checkpoint"] = CheckpointFile,
        ["deadletter"] = DeadLetterFile,
        ["configuration"] = Configuration,
        ["control"] = Control,
        ["admin"] = AdminPortTarget.Send,
    };

    /// <summary>The first byte chooses the format, the rest is the line. What comes of it must be one line of JSON with the line in it.</summary>
    private static void Line(byte[] input)
    {
        if (input.Length > 0)
        {
            ParseAndWrite(Compiled.Parsers[input[0] % Compiled.Parsers.Length], input.AsSpan(1));
        }
    }

    /// <summary>A log_format, and after a NUL a line that is read with it.</summary>
    private static void Format(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)0);
        var format = Encoding.UTF8.GetString(input, 0, end < 0 ? input.Length : end);
        var problems = new List<string>();
        var parser = LogParser.Compile([format], TimeZoneInfo.Utc, problems);
        Demand((parser is null) == (problems.Count > 0), "a format that cannot be compiled has a reason, and no other has");
        if (parser is not null && end >= 0)
        {
            ParseAndWrite(parser, input.AsSpan(end + 1));
        }
    }

    /// <summary>The first byte says how many items were sent, the rest is the answer.</summary>
    private static void Bulk(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        using var answer = new MemoryStream(input, 1, input.Length - 1);
        var delivery = BulkAnswerReader.ReadAsync(answer, input[0], retryAfter: null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var previous = -1;
        foreach (var item in delivery.Items)
        {
            Demand(item.Item > previous && item.Item < input[0], "each item is one of those that were sent, once, in order");
            previous = item.Item;
        }
    }

    /// <summary>As it is, and with its hash mended, so that what lies behind the hash is reached.</summary>
    private static void CheckpointFile(byte[] input)
    {
        Load(input);
        Load([.. input, (byte)'\n', .. Encoding.ASCII.GetBytes(XxHash3.HashToUInt64(input).ToString("x16", System.Globalization.CultureInfo.InvariantCulture)), (byte)'\n']);

        static void Load(byte[] bytes)
        {
            if (CheckpointDocument.Parse(bytes, out var problem) is { } document)
            {
                Demand(CheckpointDocument.Parse(document.ToBytes(), out _) is not null, "what is written can be read");
            }
            else
            {
                Demand(problem.Length > 0, "a reason is given");
            }

            var state = new OneFile(bytes);
            new Checkpoint("access.es.json", "/var/log/nginx/access.log", state).Load(new FileChain("instance", "access"), now: 0);
        }
    }

    private static void DeadLetterFile(byte[] input)
    {
        foreach (var letter in DeadLetter.ReadAll(input))
        {
            Demand(letter.Offset >= long.MinValue, "it is whole");
        }
    }

    private static void Configuration(byte[] input)
    {
        var loaded = new ConfigurationLoader(new OneConfiguration(input)).Load(new ConfigurationSources("/config.json", []));
        Demand((loaded.Plan is null) == (loaded.Problems.Count > 0), "a plan has no problems, and what is no plan has some");
        foreach (var problem in loaded.Problems)
        {
            Demand(PrintableText.Escape(problem.ToString()) == problem.ToString(), "a problem can be shown on a terminal");
        }

        if (loaded.Draft is { } plan)
        {
            ConfigurationListing.Of(plan);
        }
    }

    private static void Control(byte[] input)
    {
        if (ControlRequest.Parse(input) is { } request)
        {
            Demand(ControlRequest.Parse(request.ToLine().AsSpan()[..^1]) is not null, "what is sent can be read");
            if (Condition.Parse(request.Where, out var problem) is { } condition)
            {
                Demand(Condition.Parse(condition.ToString()!, out _) is not null, "a condition is written as it is read");
            }
            else
            {
                Demand(problem.Length > 0 && PrintableText.Escape(problem) == problem, "a reason is given, fit for a terminal");
            }
        }
    }

    private static void ParseAndWrite(LogParser parser, ReadOnlySpan<byte> line)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(1, line.Length));
        line.CopyTo(buffer);
        using var batch = new Batch(default, 0, line.Length, buffer, 0, line.Length, parser) { Log = "access", Path = "/var/log/nginx/access.log" };
        using var output = new PayloadBuffer(256);
        foreach (var raw in batch)
        {
            var record = new Record(raw, batch);
            parser.Parse(ref record);
            output.Clear();
            new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: true), DocumentContext.None).Write(ref record, output);
            Demand(output.WrittenSpan.IndexOf((byte)'\n') < 0, "a document is one line");
            using var document = JsonDocument.Parse(output.WrittenSpan.ToArray());
            Demand(document.RootElement.GetProperty("event"u8).GetProperty("original"u8).GetString() == Encoding.UTF8.GetString(raw.Content), "the line stands in it");
        }
    }

    /// <summary>Compiled with the first input: before it the fuzzer has no place for its counters.</summary>
    private static class Compiled
    {
        public static readonly LogParser[] Parsers =
        [
            .. new[]
            {
                "combined", "main", "error", "json",
                $"escape=none {LogFormatCompiler.Main} $upstream_addr $upstream_status [$request_time] $msec $server_port $foo",
                "escape=json {\"t\":\"$time_iso8601\",\"r\":\"$request\",\"s\":$status,\"u\":$upstream_addr,\"h\":\"$host\",\"x\":\"$http_traceparent\",\"a\":\"$remote_addr\"}",
                "$host $remote_addr $time_local $remote_user $request_uri $uri $args $ssl_protocol $msec $time_iso8601 $connection $gzip_ratio",
            }.Select(format => LogParser.Compile([format], TimeZoneInfo.Utc, []) ?? throw new InvalidOperationException(format)),
        ];
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Not so: {what}.");
        }
    }

    /// <summary>A state directory with one file.</summary>
    private sealed class OneFile(byte[] bytes) : IStateDirectory
    {
        public byte[]? Read(string name) => bytes;

        public void Replace(string name, ReadOnlySpan<byte> bytes)
        {
        }

        public void Append(string name, ReadOnlySpan<byte> bytes)
        {
        }

        public void SetAside(string name)
        {
        }
    }

    /// <summary>A machine with one file.</summary>
    private sealed class OneConfiguration(byte[] bytes) : ISurroundings
    {
        public IReadOnlyDictionary<string, string> EnvironmentVariables { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

        public string HostName => "host";

        public string FullPath(string path) => Path.GetFullPath(path.Replace("\0", "", StringComparison.Ordinal), "/");

        public byte[] ReadFile(string path) => bytes;

        public string? FileFault(string path) => null;

        public string? WritableDirectoryFault(string path) => null;
    }
}
