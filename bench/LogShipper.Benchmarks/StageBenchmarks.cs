using BenchmarkDotNet.Attributes;
using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>The stages over one batch in memory, each beside its limit: <c>dotnet run -c Release -- --filter '*'</c>.</summary>
[MemoryDiagnoser]
public class StageBenchmarks
{
    private Stage _stage = new SplitStage();
    private Batch? _batch;

    [Params("split", "parse", "signals", "encode", "gzip")]
    public string Stage { get; set; } = "split";

    [GlobalSetup]
    public void Read()
    {
        _stage = Stage switch
        {
            "parse" => new ParseStage(),
            "signals" => new SignalsStage(),
            "encode" => new EncodeStage(),
            "gzip" => new GzipStage(),
            _ => new SplitStage(),
        };
        using var tail = new Tail(Corpus.File(Path.Combine(Path.GetTempPath(), "logshipper-bench"), 10_000), 256 * 1024);
        _batch = tail.Read();
    }

    [GlobalCleanup]
    public void LetGo() => _batch?.Dispose();

    [Benchmark]
    public void LogShipper() => _stage.Run(_batch!);

    [Benchmark(Baseline = true)]
    public void Limit() => _stage.RunLimit(_batch!);
}
