namespace LogShipper.Payloads;

/// <summary>
/// The compressors that nobody uses at the moment: some 350 KB of the C library's memory each. As many as there are processors are kept, and what
/// lay here for a minute while others came and went is let go.
/// </summary>
internal sealed class GzipWriters(int most, TimeProvider time)
{
    /// <summary>The process' own.</summary>
    public static readonly GzipWriters Shared = new(Environment.ProcessorCount, TimeProvider.System);

    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly List<(GzipWriter Writer, long Since)> _kept = [];

    public int Kept => _kept.Count;

    /// <summary>The one that came last, so that the others grow old.</summary>
    public GzipWriter Rent()
    {
        lock (_lock)
        {
            if (_kept.Count > 0)
            {
                var writer = _kept[^1].Writer;
                _kept.RemoveAt(_kept.Count - 1);
                return writer;
            }
        }

        return new GzipWriter();
    }

    /// <summary>Only what finished its body: whose body failed is disposed.</summary>
    public void Return(GzipWriter writer)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _kept.Add((writer, now));
            while (_kept.Count > most || time.GetElapsedTime(_kept[0].Since, now) > Idle)
            {
                _kept[0].Writer.Dispose();
                _kept.RemoveAt(0);
            }
        }
    }
}
