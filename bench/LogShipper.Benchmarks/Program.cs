using LogShipper.Benchmarks;
using LogShipper.Benchmarks.Sidecar;

if (args is ["--corpus", var file, var count])
{
    Corpus.Write(file, int.Parse(count));
    return 0;
}

if (args is ["--sidecar", var own, var tools, var configurations, var lines, var runs, var idle])
{
    new Comparison(own, tools, configurations, int.Parse(lines), int.Parse(runs), int.Parse(idle)).Run();
    return 0;
}

if (args is ["--memory", var measured, .. var choices])
{
    return new LogShipper.Benchmarks.Memory.MemoryRun(measured, choices).Run();
}

int Number(string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1]) : otherwise;

if (args.Contains("--quick") || args.Contains("--digest"))
{
    var folder = Path.Combine(Path.GetTempPath(), "logshipper-bench");
    var known = new[] { "read", "split", "parse", "signals", "encode", "gzip", "whole", "whole-gzip" };
    var run = new QuickRun(new QuickOptions(folder, Number("--lines", 1_000_000), Number("--runs", 5), Number("--batch", 256) * 1024, !args.Contains("--no-limits"), [.. args.Where(known.Contains)]));
    if (args.Contains("--digest"))
    {
        Console.WriteLine(run.Digest());
    }
    else
    {
        await run.RunAsync();
    }

    return 0;
}

#if NATIVE
Console.Error.WriteLine("--quick [read|split|parse|signals|encode|gzip|whole|whole-gzip …] [--lines N] [--runs N] [--batch KIB] [--no-limits] | --digest | --corpus FILE LINES | --sidecar …");
return 2;
#else
// In this process: for one of its own it looks for a project of the assembly's name.
var summaries = BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(StageBenchmarks).Assembly).Run([.. args, "--inProcess", "--artifacts", "artifacts/benchmarks"]);
return summaries.All(summary => summary.Reports.Length > 0 && summary.Reports.All(report => report.Success)) ? 0 : 1;
#endif
