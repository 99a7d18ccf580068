using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Hosting;

namespace LogShipper.Tests.Configuration;

public sealed class ConfigurationListingTests
{
    private static readonly string[] Secrets = ["tok-api-5f2c", "tok-bearer-77aa", "hunter2"];

    [Theory]
    [InlineData("ApiKey", "tok-api-5f2c")]
    [InlineData("BearerToken", "tok-bearer-77aa")]
    [InlineData("Password", "hunter2")]
    public void Of_a_secret_it_only_tells_whether_it_is_set(string name, string secret)
    {
        string[] user = name == "Password" ? ["Sinks:es:Username=shipper"] : [];
        var settings = List([$"Sinks:es:{name}={secret}", .. user]);
        foreach (var (key, setting) in settings.Where(setting => setting.Value.IsSecret))
        {
            Assert.Equal([key == $"Sinks:es:{name}" ? ConfigurationListing.Set : ConfigurationListing.NotSet], setting.Values);
        }

        var json = JsonSerializer.Serialize(new ConfigurationReport([.. settings.Values]), PageJson.Default.ConfigurationReport);
        Assert.All(Secrets, word => Assert.DoesNotContain(word, json, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_of_the_table_is_listed()
    {
        var keys = List().Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var setting in Settings.Root.Settings)
        {
            string[] expected = setting switch
            {
                Section section => [.. section.Settings.Select(inner => $"{section.Name}:{inner.Name}")],
                NamedSections { Name: "Logs" } logs => [.. logs.Settings.Select(inner => $"Logs:access:{inner.Name}")],
                NamedSections sinks => [.. sinks.Settings.Select(inner => $"Sinks:{(inner is ValueSetting { OnlyFor: SinkType.Stdout } ? "out" : "es")}:{inner.Name}")],
                _ => [setting.Name],
            };
            Assert.Empty(expected.Except(keys, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Values_are_written_as_the_configuration_would_have_them_and_defaults_are_known()
    {
        var settings = List("Interval=1500ms", "Logs:access:Format:0=main", "Logs:access:Format:1=combined", "Logs:error:Path=/e", "Logs:error:Format=error", "Sinks:es:Logs:0=error");
        Assert.Equal(("1500ms", false), (settings["Interval"].Values.Single(), settings["Interval"].IsDefault));
        Assert.Equal(("16MiB", true), (settings["MemoryBudget"].Values.Single(), settings["MemoryBudget"].IsDefault));
        Assert.Equal(["main", "combined"], settings["Logs:access:Format"].Values);
        Assert.Equal((false, true), (settings["Sinks:es:Logs"].IsDefault, settings["Sinks:out:Logs"].IsDefault));
        Assert.Empty(settings["Sinks:es:CaFile"].Values);
        Assert.Equal(["http://es:9200/"], settings["Sinks:es:Nodes"].Values);
    }

    private static Dictionary<string, SettingInForce> List(params string[] settings)
    {
        string[] shape = ["Logs:access:Path=/a", "Sinks:out:Type=stdout", "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=http://es:9200"];
        var loaded = new FakeSurroundings().Load(null, [.. shape, .. settings.Any(one => one.StartsWith("Logs:access:Format", StringComparison.Ordinal)) ? [] : (string[])["Logs:access:Format=main"], .. settings]);
        Assert.Empty(loaded.Problems);
        return ConfigurationListing.Of(loaded.Plan!).ToDictionary(setting => setting.Key, StringComparer.Ordinal);
    }
}
