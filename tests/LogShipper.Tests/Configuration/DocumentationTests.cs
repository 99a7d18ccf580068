using System.Text;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

/// <summary>Holds <c>docs/configuration.md</c> to the table of settings. With LOGSHIPPER_WRITE_DOCS=1 it writes the tables instead.</summary>
public sealed class DocumentationTests
{
    private static readonly string Document = Path.Combine(RepositoryRoot(), "docs", "configuration.md");

    [Theory]
    [InlineData("LogShipper")]
    [InlineData("LogShipper:Admin")]
    [InlineData("LogShipper:Logs:<log>")]
    [InlineData("LogShipper:Sinks:<sink>")]
    [InlineData("LogShipper:Sinks:<sink> of type stdout")]
    [InlineData("LogShipper:Sinks:<sink> of type elasticsearch")]
    [InlineData("LogShipper:DeadLetters")]
    [InlineData("LogShipper:Diagnostics")]
    public void The_documentation_has_every_setting_with_its_default_and_range(string section)
    {
        var expected = Table(section);
        var text = File.ReadAllText(Document).ReplaceLineEndings("\n");
        var start = $"<!-- settings of {section} -->\n";
        const string End = "<!-- end of settings -->";
        var from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"docs/configuration.md has no line {start.Trim()}");
        from += start.Length;
        var to = text.IndexOf(End, from, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("LOGSHIPPER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(Document, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }

    [Fact]
    public void No_setting_is_left_out_of_the_tables()
    {
        var shown = Sections().SelectMany(section => section.Settings).Count();
        Assert.Equal(Count(Settings.Root.Settings), shown);
    }

    [Theory]
    [InlineData("POD_UID")]
    [InlineData("STATE_DIRECTORY")]
    [InlineData("XDG_STATE_HOME")]
    public void The_documentation_names_the_variables_that_are_read(string variable) =>
        Assert.Contains($"`{variable}`", File.ReadAllText(Document), StringComparison.Ordinal);

    [Fact]
    public void The_examples_of_the_documentation_load_without_a_problem()
    {
        var blocks = File.ReadAllText(Document).ReplaceLineEndings("\n").Split("```jsonc\n").Skip(1).Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.NotEmpty(blocks);
        foreach (var block in blocks)
        {
            var surroundings = new FakeSurroundings { Files = { ["/etc/logshipper/es-api-key"] = "key"u8.ToArray(), ["/etc/logshipper/password"] = "secret"u8.ToArray() } };
            surroundings.Files["/etc/logshipper/ca.crt"] = Certificate();
            Assert.Empty(surroundings.Load(block).Problems);
        }
    }

    private static string Table(string section)
    {
        var table = new StringBuilder("| key | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n");
        foreach (var setting in Sections().Single(candidate => candidate.Name == section).Settings)
        {
            var fallback = (setting.IsRequired, setting.DefaultText) switch
            {
                (true, _) => $"must be set{(setting.BuiltInFor.Length > 0 ? $", built in for {setting.BuiltInFor}" : "")}",
                (_, "") => "empty",
                ({ }, var text) when text.Contains(' ', StringComparison.Ordinal) => text,
                (_, var text) => $"`{text}`",
            };
            table.Append($"| `{setting.Name}` | {setting.Kind}{(setting.IsSecret ? ", secret" : "")} | {fallback} | {(setting.Range.Length > 0 ? setting.Range : "any")} | {setting.Meaning} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<(string Name, ValueSetting[] Settings)> Sections()
    {
        yield return ("LogShipper", [.. Settings.Root.Settings.OfType<ValueSetting>()]);
        foreach (var section in Settings.Root.Settings.OfType<Section>())
        {
            yield return ($"LogShipper:{section.Name}", [.. section.Settings.OfType<ValueSetting>()]);
        }

        foreach (var sections in Settings.Root.Settings.OfType<NamedSections>())
        {
            var name = $"LogShipper:{sections.Name}:<{sections.Singular}>";
            foreach (var group in sections.Settings.OfType<ValueSetting>().GroupBy(setting => setting.OnlyFor))
            {
                yield return (group.Key is { } type ? $"{name} of type {Settings.Type.ValueKind.Write(type)}" : name, [.. group]);
            }
        }
    }

    private static int Count(Setting[] settings) => settings.Sum(setting => setting switch
    {
        Section section => Count(section.Settings),
        NamedSections sections => Count(sections.Settings),
        _ => 1,
    });

    private static byte[] Certificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=test", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return Encoding.UTF8.GetBytes(certificate.ExportCertificatePem());
    }

    internal static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "LogShipper.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new DirectoryNotFoundException("LogShipper.sln stands in no directory above the tests.");
    }
}
