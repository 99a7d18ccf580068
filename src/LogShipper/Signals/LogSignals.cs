namespace LogShipper.Signals;

/// <summary>The counts of one log since the start.</summary>
internal sealed class LogSignals(string log, bool isErrorLog)
{
    private readonly Lock _lock = new();
    private readonly long[] _numbers = new long[SignalTally.Count];

    public string Log => log;

    public bool IsErrorLog => isErrorLog;

    public long Bytes => Number(SignalTally.BytesSent);

    public long Unparsed => Number(SignalTally.Unparsed);

    public long Requests(int method, int statusClass) => Number(SignalTally.Requests(method, statusClass));

    public long Errors(int level) => Number(SignalTally.Errors(level));

    public long Alarms(NginxAlarm alarm) => Number(SignalTally.Alarm(alarm));

    /// <summary>Counts what a payload holds.</summary>
    public void Add(ReadOnlySpan<byte> body)
    {
        Span<long> room = stackalloc long[SignalTally.Count];
        Add(SignalBody.Tally(body, room));
    }

    /// <summary>Counts the numbers of a <see cref="SignalTally"/>.</summary>
    public void Add(ReadOnlySpan<long> tally)
    {
        lock (_lock)
        {
            for (var index = 0; index < tally.Length; index++)
            {
                // Read without the lock.
                Volatile.Write(ref _numbers[index], _numbers[index] + tally[index]);
            }
        }
    }

    private long Number(int index) => Interlocked.Read(ref _numbers[index]);
}
