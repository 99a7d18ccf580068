namespace LogShipper.Signals;

/// <summary>The counts of one log since the start.</summary>
internal sealed class LogSignals(string log, bool isErrorLog)
{
    private readonly Lock _lock = new();
    private readonly long[] _requests = new long[SignalWords.Methods.Length * SignalWords.StatusClasses.Length];
    private readonly long[] _errors = new long[SignalWords.Levels.Length];
    private readonly long[] _alarms = new long[SignalWords.Alarms.Length];
    private long _bytes;
    private long _unparsed;

    public string Log => log;

    public bool IsErrorLog => isErrorLog;

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Unparsed => Interlocked.Read(ref _unparsed);

    public long Requests(int method, int statusClass) => Interlocked.Read(ref _requests[(method * SignalWords.StatusClasses.Length) + statusClass]);

    public long Errors(int level) => Interlocked.Read(ref _errors[level]);

    public long Alarms(NginxAlarm alarm) => Interlocked.Read(ref _alarms[(int)alarm]);

    /// <summary>Counts what a payload holds.</summary>
    public void Add(ReadOnlySpan<byte> items)
    {
        lock (_lock)
        {
            for (; items.Length >= SignalItem.Size; items = items[SignalItem.Size..])
            {
                Count(SignalItem.Read(items));
            }
        }
    }

    private void Count(in SignalItem item)
    {
        switch (item.Kind)
        {
            case SignalKind.Request:
                _requests[(item.Word * SignalWords.StatusClasses.Length) + item.StatusClass]++;
                _bytes += item.Bytes;
                break;
            case SignalKind.Error:
                _errors[item.Word]++;
                _alarms[(int)item.Alarm]++;
                break;
            default:
                _unparsed++;
                break;
        }
    }
}
