namespace LogShipper.EndToEnd.Faults;

/// <summary>
/// How long and how often faults are played: in full (<c>LOGSHIPPER_VERIFY=full</c>) with LogShipper's default
/// configuration, or in brief with shorter intervals, so that all of them take some minutes.
/// </summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("LOGSHIPPER_VERIFY") == "full";

    /// <summary>Settings over the defaults: in full none.</summary>
    public static string[] Settings { get; } = IsFull ? [] : ["Interval=200ms", "RotationGrace=2s", "DrainQuiet=200ms"];

    /// <summary>Long enough for some looks at the files.</summary>
    public static TimeSpan SomeLooks { get; } = Of(TimeSpan.FromSeconds(65), TimeSpan.FromSeconds(1));

    /// <summary>How long a fault lasts, where its length does not matter.</summary>
    public static TimeSpan Outage { get; } = Of(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2));

    /// <summary>Until a sink that was down for long is tried again, and the files are looked at.</summary>
    public static TimeSpan Patience { get; } = Of(TimeSpan.FromMinutes(4), TimeSpan.FromSeconds(90));

    public static T Of<T>(T full, T brief) => IsFull ? full : brief;

    /// <summary>A length of time in words.</summary>
    public static string InWords(this TimeSpan time) => time.TotalSeconds >= 1 ? $"{time.TotalSeconds:0.#} s" : $"{time.TotalMilliseconds:0} ms";
}
