using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using LogShipper.Payloads;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>Runs stages over the corpus and prints CPU seconds for a million lines and bytes allocated for each. Stage and limit take turns.</summary>
internal sealed class QuickRun(QuickOptions options)
{
    private readonly string _file = Corpus.File(options.Folder, options.Lines);

    public async Task RunAsync()
    {
        Console.WriteLine($"{options.Lines:N0} lines, {new FileInfo(_file).Length / (double)options.Lines:F1} bytes each; medians of {options.Runs}; batches of {options.BatchBytes / 1024} KiB");
        Console.WriteLine($"{"stage",-32}{"CPU s/M",9}{"  B/line",9}   {"limit",-28}{"CPU s/M",9}{"ratio",8}");
        if (Wants("read"))
        {
            Print("read", "RandomAccess.Read", [.. Turns(ReadAll, ReadPlain)]);
        }

        foreach (var stage in new Stage[] { new SplitStage(), new ParseStage(), new SignalsStage(), new EncodeStage(), new GzipStage() })
        {
            if (Wants(stage.Name.Split(' ')[^1]))
            {
                var turns = Turns(() => Over(stage, stage.Run), () => Over(stage, stage.RunLimit)).ToArray();
                Print(stage.Name, stage.LimitName, turns);
                if (stage is GzipStage)
                {
                    // The stage has a run more, which is not counted.
                    var (own, limit) = (stage.BytesOut / (options.Runs + 1.0) / options.Lines, stage.LimitBytesOut / (double)options.Runs / options.Lines);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"  bytes a line",-32}{own,9:F1}{"",9}   {"",-28}{limit,9:F1}"));
                }
            }
        }

        foreach (var compression in new[] { PayloadCompression.None, PayloadCompression.Gzip })
        {
            if (Wants(compression == PayloadCompression.None ? "whole" : "whole-gzip"))
            {
                var runs = new List<(Cost, Cost)>();
                for (var run = 0; run <= options.Runs; run++)
                {
                    runs.Add((await WholeAsync(compression), default));
                }

                Print($"whole path to _bulk, {(compression == PayloadCompression.None ? "plain" : "gzip")}", "", [.. runs.Skip(1)]);
            }
        }
    }

    /// <summary>A hash of everything that the encoder makes of the corpus: the same before and after a change that must not show.</summary>
    public string Digest()
    {
        var hash = new XxHash128();
        using var tail = new Tail(_file, options.BatchBytes);
        var encoder = Tail.Encoder(PayloadCompression.None);
        while (tail.Read() is { } batch)
        {
            // The time of reading stands in the documents.
            var bytes = ArrayPool<byte>.Shared.Rent(batch.Bytes.Length);
            batch.Bytes.CopyTo(bytes);
            using var same = new Batch(new FileId(7), batch.Start, batch.End, bytes, 0, batch.Bytes.Length, batch.Framing) { Path = "/var/log/nginx/access.log" };
            using var payload = encoder.Encode(same);
            hash.Append(payload.Body.Span);
            batch.Dispose();
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }

    private bool Wants(string stage) => options.Stages.Count == 0 || options.Stages.Contains(stage);

    private IEnumerable<(Cost Stage, Cost Limit)> Turns(Func<Cost> stage, Func<Cost> limit)
    {
        stage();
        for (var run = 0; run < options.Runs; run++)
        {
            yield return (stage(), options.WithLimits ? limit() : default);
        }
    }

    private Cost Over(Stage stage, Action<Batch> action)
    {
        using var tail = new Tail(_file, options.BatchBytes);
        var cost = default(Cost);
        var gzip = stage as GzipStage;
        while (tail.Read() is { } batch)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var start = ProcessorTime.OfThread();
            action(batch);
            cost = new Cost(cost.Seconds + ProcessorTime.OfThread() - start, cost.Allocated + GC.GetAllocatedBytesForCurrentThread() - bytes);
            batch.Dispose();
        }

        if (gzip is not null)
        {
            cost = cost with { Seconds = cost.Seconds - gzip.Preparation };
            gzip.Preparation = 0;
        }

        return cost;
    }

    private Cost ReadAll()
    {
        using var tail = new Tail(_file, options.BatchBytes);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = ProcessorTime.OfThread();
        while (tail.Read() is { } batch)
        {
            batch.Dispose();
        }

        return new Cost(ProcessorTime.OfThread() - start, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private Cost ReadPlain()
    {
        var buffer = new byte[options.BatchBytes];
        using var handle = File.OpenHandle(_file);
        var start = ProcessorTime.OfThread();
        long offset = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, offset)) > 0;)
        {
            offset += read;
        }

        return new Cost(ProcessorTime.OfThread() - start, 0);
    }

    /// <summary>Read, encode, send and judge the answer, one request after the other; without the receiver's part.</summary>
    private async Task<Cost> WholeAsync(PayloadCompression compression)
    {
        var count = 0;
        using var receiver = new NullBulk(() => count);
        await using var sink = new ElasticsearchSink(new ElasticsearchOptions { Nodes = [receiver.Address], Compression = compression }, TimeProvider.System, context: Tail.Pod);
        using var tail = new Tail(_file, options.BatchBytes);
        var encoder = new BatchEncoder(Tail.Parser, sink.CreateWriter(Tail.Log));
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var start = ProcessorTime.OfProcess();
        while (tail.Read() is { } batch)
        {
            using var payload = encoder.Encode(batch);
            count = payload.Count;
            var delivery = await sink.SendAsync(payload, CancellationToken.None);
            if (!ReferenceEquals(delivery, Shipping.Delivery.Complete) && (delivery.Result != Shipping.DeliveryResult.Answered || delivery.Items.Count > 0))
            {
                throw new InvalidOperationException("The receiver refused.");
            }

            batch.Dispose();
        }

        return new Cost(ProcessorTime.OfProcess() - start - receiver.CpuSeconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }

    private void Print(string name, string limitName, (Cost Stage, Cost Limit)[] runs)
    {
        var stage = Median(runs.Select(run => run.Stage.Seconds)) * 1e6 / options.Lines;
        var limit = Median(runs.Select(run => run.Limit.Seconds)) * 1e6 / options.Lines;
        var allocated = Median(runs.Select(run => (double)run.Stage.Allocated)) / options.Lines;
        var text = string.Create(CultureInfo.InvariantCulture, $"{name,-32}{stage,9:F3}{allocated,9:F2}");
        Console.WriteLine(limit > 0 ? string.Create(CultureInfo.InvariantCulture, $"{text}   {limitName,-28}{limit,9:F3}{stage / limit,8:F2}") : text);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private readonly record struct Cost(double Seconds, long Allocated);
}

/// <summary>What was asked for on the command line.</summary>
internal sealed record QuickOptions(string Folder, int Lines, int Runs, int BatchBytes, bool WithLimits, IReadOnlyList<string> Stages);
