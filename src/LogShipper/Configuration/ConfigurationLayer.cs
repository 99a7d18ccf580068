using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace LogShipper.Configuration;

/// <summary>
/// Reads the layers of the configuration, each by itself: the library would merge lists item by item, so that a shorter
/// list in a later layer kept the tail of the earlier one.
/// </summary>
internal static class ConfigurationLayer
{
    public const string Root = "LogShipper";

    /// <summary>The place of what no layer wrote.</summary>
    public const string PresetPlace = "built in";

    public const string CommandLine = "--set";

    /// <summary>Names that are known without being written: what the built-in logs and sinks differ in from others.</summary>
    public static ConfigurationNode Presets() => Of(Settings.Presets, _ => new Writing(PresetPlace, WrittenAs.Unknown));

    /// <summary>What a file holds; null when it cannot be read, which is then a problem.</summary>
    public static byte[]? ReadFile(string path, ISurroundings surroundings, ProblemList problems)
    {
        if (surroundings.FileFault(path) is { } fault)
        {
            problems.Add($"--config {PrintableText.Quote(path)}: {fault}");
            return null;
        }

        try
        {
            return surroundings.ReadFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            problems.Add($"--config {PrintableText.Quote(path)}: cannot be read: {PrintableText.Message(exception)}");
            return null;
        }
    }

    /// <summary>A JSON file, comments and trailing commas allowed; null when it is none, which is then a problem.</summary>
    public static ConfigurationNode? FromFile(string path, byte[] json, ProblemList problems)
    {
        var file = PrintableText.Escape(path);
        if (json.Length == 0)
        {
            problems.Add($"{file}: is empty; an object is needed, {{}} at least");
            return null;
        }

        try
        {
            // Whatever marks of its encoding the file begins with, the outline wants UTF-8 without any.
            using var reader = new StreamReader(new MemoryStream(json));
            json = Encoding.UTF8.GetBytes(reader.ReadToEnd());
            var known = problems.Count;
            var outline = JsonOutline.Read(json, file, problems);
            if (problems.Count > known)
            {
                return null;
            }

            using var stream = new MemoryStream(json);
            return ConfigurationNode.From(new ConfigurationBuilder().AddJsonStream(stream).Build(), outline.Find);
        }
        catch (JsonException exception)
        {
            var sentence = exception.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            problems.Add($"{file} line {exception.LineNumber + 1}: not valid JSON: {PrintableText.Escape(sentence)}");
        }
        catch (FormatException exception)
        {
            problems.Add($"{file}: {PrintableText.Message(exception)}");
        }

        return null;
    }

    /// <summary>The variables that begin with <c>LogShipper__</c>, in any case; <c>__</c> stands between the parts of a key.</summary>
    public static ConfigurationNode FromEnvironment(IReadOnlyDictionary<string, string> variables, ProblemList problems)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Root + "__", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var path = name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
            if (values.TryAdd(path, value))
            {
                names.Add(path, name);
            }
            else
            {
                problems.Add(path, $"is set by two environment variables, {PrintableText.Escape(names[path])} and {PrintableText.Escape(name)}; keep one");
            }
        }

        return Of(values, path => new Writing(
            names.TryGetValue(path, out var name) ? $"environment {PrintableText.Escape(name)}" : "environment", WrittenAs.Unknown));
    }

    /// <summary>The pairs given with <c>--set</c>; of two for the same key the later holds.</summary>
    public static ConfigurationNode FromCommandLine(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in settings)
        {
            values[CommandLineKey(key)] = value;
        }

        return Of(values, _ => new Writing(CommandLine, WrittenAs.Unknown));
    }

    /// <summary><c>:</c>, <c>.</c> or, in a key that has neither, <c>__</c> stand between the parts; <c>LogShipper</c> in front may be left out.</summary>
    internal static string CommandLineKey(string key)
    {
        var path = key.AsSpan().ContainsAny(':', '.')
            ? key.Replace('.', ':')
            : key.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
        return path.StartsWith(Root + ":", StringComparison.OrdinalIgnoreCase) ? path : $"{Root}:{path}";
    }

    private static ConfigurationNode Of(IEnumerable<KeyValuePair<string, string?>> values, Func<string, Writing> writings) =>
        ConfigurationNode.From(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), writings);
}
