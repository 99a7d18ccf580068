namespace LogShipper.Configuration;

/// <summary>One thing that is wrong with the configuration, or worth saying about it: one line, without secrets.</summary>
/// <param name="Key">The key that it is about, as in <c>LogShipper:Interval</c>; empty when it is about none.</param>
/// <param name="Message">What is wrong, with the value, what is allowed, and where it was written.</param>
internal sealed record Problem(string Key, string Message)
{
    /// <summary>The same without the value that is at fault, for whoever may ask: what stands under a wrong key may be a password.</summary>
    public string WithoutValue => Fault is { } fault ? $"{PrintableText.Escape(Key)}: {fault}" : ToString();

    /// <summary>What is wrong with a value, without it; null: the message quotes none.</summary>
    public string? Fault { get; init; }

    public override string ToString() => Key.Length == 0 ? Message : $"{PrintableText.Escape(Key)}{Message}";
}

/// <summary>Collects problems, so that all of them are told at once.</summary>
internal sealed class ProblemList
{
    private readonly List<Problem> _problems = [];

    public IReadOnlyList<Problem> Problems => _problems;

    public int Count => _problems.Count;

    public void Add(Problem problem) => _problems.Add(problem);

    /// <summary>Something that is about no key.</summary>
    public void Add(string message) => Add(new Problem("", message));

    /// <summary>Something about a key as a whole.</summary>
    public void Add(string key, string fault, string place = "") => _problems.Add(new Problem(key, $": {fault}{Where(place)}"));

    /// <summary>Something about a key's value.</summary>
    public void AddValue(string key, string value, bool isSecret, string fault, string allowed, string place)
    {
        var shown = isSecret ? "(not shown)" : PrintableText.Quote(value);
        var hint = allowed.Length == 0 ? "" : $"; allowed: {allowed}";
        _problems.Add(new Problem(key, $" = {shown}: {fault}{hint}{Where(place)}") { Fault = $"{fault}{hint}{Where(place)}" });
    }

    private static string Where(string place) => place.Length == 0 ? "" : $" ({place})";
}
