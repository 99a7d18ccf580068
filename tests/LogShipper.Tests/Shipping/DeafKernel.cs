using LogShipper.Tailing;

namespace LogShipper.Tests.Shipping;

/// <summary>Watches everything, and never says a word until nothing is watched any more.</summary>
internal sealed class DeafKernel : IFileEvents
{
    private readonly ManualResetEventSlim _ended = new();

    public static int TryOpen(out IFileEvents? events)
    {
        events = new DeafKernel();
        return 0;
    }

    public int TryWatch(string directory, bool namesOnly, out int watch)
    {
        watch = 1;
        return 0;
    }

    public void Unwatch(int watch) => _ended.Set();

    public int Read(Span<byte> events)
    {
        _ended.Wait();
        return 0;
    }

    public void Dispose() => _ended.Dispose();
}
