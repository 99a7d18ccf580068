using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Signals;
using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>Cuts a batch into records.</summary>
internal sealed class SplitStage() : Stage("split", "memcpy")
{
    private readonly byte[] _copy = new byte[4 << 20];

    public override void Run(Batch batch)
    {
        foreach (var record in batch)
        {
            BytesOut += record.Bytes.Length;
        }
    }

    public override void RunLimit(Batch batch) => batch.Bytes.CopyTo(_copy);
}

/// <summary>Cuts a batch into records and those into fields.</summary>
internal sealed partial class ParseStage() : Stage("split + parse", "source-generated regex")
{
    private readonly FieldTable _fields = new();
    private readonly char[] _text = new char[4096];

    public override void Run(Batch batch)
    {
        foreach (var raw in batch)
        {
            var record = new Record(raw, batch, _fields);
            if (!Tail.Parser.Parse(ref record))
            {
                throw new InvalidOperationException("A line does not parse.");
            }
        }
    }

    public override void RunLimit(Batch batch)
    {
        foreach (var raw in batch)
        {
            var text = _text.AsSpan(0, Encoding.Latin1.GetChars(raw.Content, _text));
            foreach (var match in MainFormat().EnumerateMatches(text))
            {
                BytesOut += match.Length;
            }
        }
    }

    [GeneratedRegex("""^(\S+) - (\S+) \[([^\]]+)\] "(\S+) (\S+) (\S+)" (\d+) (\d+) "([^"]*)" "([^"]*)" "([^"]*)"$""")]
    private static partial Regex MainFormat();
}

/// <summary>Counts nginx's metrics of a batch, against the parsing of all its lines.</summary>
internal sealed class SignalsStage() : Stage("nginx's metrics: signals", "split + parse")
{
    private readonly BatchEncoder _encoder = new(Tail.Parser, new SignalWriter("access", isErrorLog: false));
    private readonly ParseStage _parse = new();

    public override void Run(Batch batch)
    {
        using var payload = _encoder.Encode(batch);
        BytesOut += payload.Body.Length;
    }

    public override void RunLimit(Batch batch) => _parse.Run(batch);
}

/// <summary>Split, parse and write the bulk body, uncompressed.</summary>
internal sealed class EncodeStage() : Stage("split + parse + encode", "Utf8JsonWriter")
{
    private readonly BatchEncoder _encoder = Tail.Encoder(PayloadCompression.None);
    private readonly PlainDocuments _plain = new();

    public override void Run(Batch batch)
    {
        using var payload = _encoder.Encode(batch);
        BytesOut += payload.Body.Length;
    }

    public override void RunLimit(Batch batch) => _plain.Write(batch);
}

/// <summary>The same with gzip, against gzip level 1 of the finished body.</summary>
internal sealed class GzipStage() : Stage("split + parse + encode + gzip", "gzip-1 of the same body")
{
    private static readonly ZLibCompressionOptions Fastest = new() { CompressionLevel = 1 };
    private readonly BatchEncoder _encoder = Tail.Encoder(PayloadCompression.Gzip);
    private readonly BatchEncoder _plain = Tail.Encoder(PayloadCompression.None);
    private readonly MemoryStream _body = new(8 << 20);

    /// <summary>CPU that the limit spent on making what it compresses.</summary>
    public double Preparation { get; set; }

    public override void Run(Batch batch)
    {
        using var payload = _encoder.Encode(batch);
        BytesOut += payload.Body.Length;
    }

    public override void RunLimit(Batch batch)
    {
        var before = ProcessorTime.OfThread();
        using var payload = _plain.Encode(batch);
        Preparation += ProcessorTime.OfThread() - before;
        _body.SetLength(0);
        using (var gzip = new GZipStream(_body, Fastest, leaveOpen: true))
        {
            gzip.Write(payload.Body.Span);
        }

        LimitBytesOut += _body.Length;
    }
}
