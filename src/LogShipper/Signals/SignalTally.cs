using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LogShipper.Signals;

/// <summary>The counts of some records, in a row of numbers: a view of wherever they stand.</summary>
internal readonly ref struct SignalTally(Span<long> numbers)
{
    /// <summary>How many numbers there are.</summary>
    public const int Count = ErrorsAt + Levels + Alarms;

    private const int Methods = 10;
    private const int StatusClasses = 6;
    private const int Levels = 9;
    private const int Alarms = 5;
    private const int UnparsedAt = 0;
    private const int BytesAt = 1;
    private const int RequestsAt = 2;
    private const int ErrorsAt = RequestsAt + (Methods * StatusClasses);
    private const int AlarmsAt = ErrorsAt + Levels;

    private readonly Span<long> _numbers = numbers[..Count];

    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(_numbers);

    public static int Unparsed => UnparsedAt;

    public static int BytesSent => BytesAt;

    public static int Requests(int method, int statusClass) => RequestsAt + (method * StatusClasses) + statusClass;

    public static int Errors(int level) => ErrorsAt + level;

    public static int Alarm(NginxAlarm alarm) => AlarmsAt + (int)alarm;

    /// <summary>Counts all of an item but its durations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in SignalItem item)
    {
        switch (item.Kind)
        {
            case SignalKind.Request:
                _numbers[Requests(item.Word, item.StatusClass)]++;
                _numbers[BytesAt] += item.Bytes;
                break;
            case SignalKind.Error:
                _numbers[Errors(item.Word)]++;
                _numbers[Alarm(item.Alarm)]++;
                break;
            default:
                _numbers[UnparsedAt]++;
                break;
        }
    }
}
