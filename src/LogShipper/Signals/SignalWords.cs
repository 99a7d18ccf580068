using System.Runtime.CompilerServices;

namespace LogShipper.Signals;

/// <summary>The words that labels may be: whatever a client sends, there are no others. The last of each stands for all the rest.</summary>
internal static class SignalWords
{
    public const string Other = "_OTHER";

    public static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", Other];

    public static readonly string[] StatusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx", Other];

    public static readonly string[] Levels = ["debug", "info", "notice", "warn", "error", "crit", "alert", "emerg", Other];

    /// <summary>Indexed by <see cref="NginxAlarm"/>; the first is none.</summary>
    public static readonly string[] Alarms = ["", "incomplete_write", "no_space", "worker_killed", "worker_connections"];

    private static readonly byte[][] Utf8Methods = [.. Methods.Select(System.Text.Encoding.ASCII.GetBytes)];
    private static readonly byte[][] Utf8Levels = [.. Levels.Select(System.Text.Encoding.ASCII.GetBytes)];

    public static byte OtherMethod => (byte)(Methods.Length - 1);

    /// <summary>Of a request's first line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte MethodOfRequest(ReadOnlySpan<byte> request) =>
        // Most of all requests, at one look.
        request.StartsWith("GET "u8) ? (byte)0 : request.IndexOf((byte)' ') is > 0 and var space ? MethodOf(request[..space]) : OtherMethod;

    public static byte MethodOf(ReadOnlySpan<byte> method) => Find(Utf8Methods, method);

    public static byte LevelOf(ReadOnlySpan<byte> level) => Find(Utf8Levels, level);

    /// <summary>Three digits, the first of which is the class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte StatusClassOf(ReadOnlySpan<byte> status) =>
        status is [>= (byte)'1' and <= (byte)'5', >= (byte)'0' and <= (byte)'9', >= (byte)'0' and <= (byte)'9'] ? (byte)(status[0] - '1') : (byte)(StatusClasses.Length - 1);

    private static byte Find(byte[][] words, ReadOnlySpan<byte> word)
    {
        for (byte number = 0; number < words.Length - 1; number++)
        {
            if (word.SequenceEqual(words[number]))
            {
                return number;
            }
        }

        return (byte)(words.Length - 1);
    }
}
