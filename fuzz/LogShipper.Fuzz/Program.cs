using LogShipper.Fuzz;
using SharpFuzz;

// logshipper-fuzz afl TARGET            what afl-fuzz starts: one input after the other over its shared memory
// logshipper-fuzz replay TARGET FILE…   each file once; an exception ends it
if (args is not [var mode, var name, .. var files] || !FuzzTargets.All.TryGetValue(name, out var target))
{
    await Console.Error.WriteLineAsync($"logshipper-fuzz afl|replay {string.Join('|', FuzzTargets.All.Keys)} [FILE…]");
    return 2;
}

if (mode == "afl")
{
    Fuzzer.Run(stream =>
    {
        using var input = new MemoryStream();
        stream.CopyTo(input);
        target(input.ToArray());
    });
    return 0;
}

foreach (var file in files)
{
    try
    {
        target(await File.ReadAllBytesAsync(file));
    }
    catch (Exception exception)
    {
        await Console.Error.WriteLineAsync($"{file}: {exception}");
        return 1;
    }
}

Console.WriteLine($"{name}: {files.Length} inputs");
return 0;
