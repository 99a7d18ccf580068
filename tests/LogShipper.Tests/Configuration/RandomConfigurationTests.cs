using System.Text.Json.Nodes;
using CsCheck;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class RandomConfigurationTests
{
    private static readonly string[] Keys =
    [
        .. Names(Settings.Root).Distinct(StringComparer.Ordinal), "access", "es", "Stdout", "0", "1", "2", "", "x:y", "a__b", "Enabledd", "\u0001",
    ];

    private static readonly string[] Texts =
    [
        "", "true", "False", "0", "1", "30", "30s", "00:00:01", "64KiB", "1GiB", "stdout", "elasticsearch", "http://a", "https://u:p@b/", "main", "$a$b", "[", "error",
        "UTC", "json", "/x/*.log", "/x/a.log", "gzip", "::", "{0:yyyy}", "nginx-{0:", "\n", "\ud800", "no",
    ];

    private static readonly Gen<string> Text = Gen.Frequency((8, OneOf(Texts)), (1, Gen.String));

    private static readonly Gen<string> Key = Gen.Frequency((12, OneOf(Keys)), (1, Gen.String));

    private static readonly Gen<KeyValuePair<string, string>> Setting =
        Gen.Select(Key.Array[1, 5], Text, OneOf(":", "__")).Select((parts, text, separator) => KeyValuePair.Create(string.Join(separator, parts), text));

    [Fact]
    public void Every_configuration_gives_a_plan_or_problems_and_never_throws() =>
        Gen.Select(Tree(4), Setting.Array[0, 5], Setting.Array[0, 5]).Sample((tree, variables, settings) =>
        {
            var surroundings = new FakeSurroundings();
            foreach (var (key, value) in variables)
            {
                surroundings.Variables["LogShipper__" + key] = value;
            }

            surroundings.Files["/config.json"] = System.Text.Encoding.UTF8.GetBytes($"{{\"LogShipper\":{tree ?? "null"}}}");
            var loaded = new ConfigurationLoader(surroundings).Load(new ConfigurationSources("/config.json", [.. settings]));
            return loaded.Plan is null == loaded.Problems.Count > 0 && loaded.Problems.All(IsOneLine);
        });

    [Fact]
    public void No_bytes_whatsoever_in_the_file_make_it_throw() =>
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            var surroundings = new FakeSurroundings { Files = { ["/config.json"] = bytes } };
            var loaded = new ConfigurationLoader(surroundings).Load(new ConfigurationSources("/config.json", []));
            return loaded.Plan is null == loaded.Problems.Count > 0 && loaded.Problems.All(IsOneLine);
        });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static bool IsOneLine(Problem problem) => !problem.ToString().Any(char.IsControl);

    private static Gen<string?> Tree(int depth)
    {
        var leaf = Gen.Frequency<string?>(
            (6, Text.Select(text => (string?)JsonValue.Create(text).ToJsonString())),
            (1, OneOf<string?>("null", "true", "false", "7", "-1.5e9", "[]", "{}")));
        if (depth == 0)
        {
            return leaf;
        }

        var section = Gen.Select(Key, Tree(depth - 1)).Array[0, 6].Select(
            pairs => (string?)$"{{{string.Join(',', pairs.Select(pair => $"{JsonValue.Create(pair.Item1).ToJsonString()}:{pair.Item2}"))}}}");
        var list = Tree(depth - 1).Array[0, 3].Select(items => (string?)$"[{string.Join(',', items)}]");
        return Gen.Frequency((2, leaf), (6, section), (1, list));
    }

    private static IEnumerable<string> Names(Setting setting) => setting switch
    {
        Section section => section.Settings.SelectMany(Names).Prepend(section.Name),
        NamedSections sections => sections.Settings.SelectMany(Names).Prepend(sections.Name),
        _ => [setting.Name],
    };
}
