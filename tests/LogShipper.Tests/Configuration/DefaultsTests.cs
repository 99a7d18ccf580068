using System.Net;
using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using Serilog.Events;

namespace LogShipper.Tests.Configuration;

public sealed class DefaultsTests
{
    /// <summary>Every default that is promised, written out.</summary>
    private const string Contract = """
        { "LogShipper": {
            "Interval": "30s",                 // a comment
            "StateDirectory": "/var/lib/logshipper",
            "Instance": "",
            "DrainTimeout": "25s", "RotationGrace": "10s", "DrainQuiet": "1s",
            "MemoryBudget": "16MiB", "BatchBytes": "256KiB", "MaxLineBytes": "1MiB",
            "TerminationMessagePath": "/dev/termination-log",
            "Admin": { "Address": "0.0.0.0", "Port": 9600, "Enabled": true },
            "Logs": {
              "access": { "Path": "/var/log/nginx/access.log", "Format": ["main", "combined"], "Enabled": true },
              "error":  { "Path": "/var/log/nginx/error.log",  "Format": "error", "TimeZone": "UTC", "Enabled": true } },
            "Sinks": {
              "stdout": { "Type": "stdout", "Layout": "raw", "Enabled": true },
            },
            "DeadLetters": { "MaxBytes": "16MiB", "WhenFull": "stop" },
            "Diagnostics": { "Level": "Information", "Format": "json" } } }
        """;

    private const string ContractOfElasticsearch = """
        { "LogShipper": { "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Logs": ["access", "error"],
            "ApiKey": "", "ApiKeyFile": "", "BearerToken": "", "BearerTokenFile": "", "Username": "", "Password": "", "PasswordFile": "",
            "CaFile": "", "ClientCertificateFile": "", "ClientKeyFile": "", "VerifyCertificates": true,
            "Index": "", "Pipeline": "_none", "InstallTemplate": false, "Compression": "gzip", "MaxInFlight": 2 } } } }
        """;

    [Fact]
    public void Without_any_configuration_the_promised_defaults_hold()
    {
        var plan = Sound(new FakeSurroundings().Load());
        Assert.Equal(TimeSpan.FromSeconds(30), plan.Interval);
        Assert.Equal("/var/lib/logshipper", plan.StateDirectory);
        Assert.Equal("the-host", plan.Instance);
        Assert.Equal(TimeSpan.FromSeconds(25), plan.DrainTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.RotationGrace);
        Assert.Equal(TimeSpan.FromSeconds(1), plan.DrainQuiet);
        Assert.Equal(16 << 20, plan.MemoryBudgetBytes);
        Assert.Equal(256 << 10, plan.BatchBytes);
        Assert.Equal(1 << 20, plan.MaxLineBytes);
        Assert.Equal("/dev/termination-log", plan.TerminationMessagePath);
        Assert.Equal(new AdminPlan(true, IPAddress.Any, 9600), plan.Admin);
        Assert.Equal(new DeadLetterPlan(16 << 20, WhenFull.Stop), plan.DeadLetters);
        Assert.Equal(new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Json), plan.Diagnostics);

        Assert.Collection(
            plan.Logs,
            log => Assert.Equal(("access", "/var/log/nginx/access.log", "main combined", "UTC", false), Facts(log)),
            log => Assert.Equal(("error", "/var/log/nginx/error.log", "error", "UTC", false), Facts(log)));
        var sink = Assert.IsType<StdoutSinkPlan>(Assert.Single(plan.Sinks));
        Assert.Equal("stdout", sink.Name);
        Assert.Equal(["access", "error"], sink.Logs);
        Assert.Equal(StdoutLayout.Raw, sink.Options.Layout);
    }

    [Fact]
    public void Writing_the_defaults_out_changes_nothing()
    {
        var bare = Sound(new FakeSurroundings().Load());
        var written = Sound(new FakeSurroundings().Load(Contract));
        Assert.Equal(Flat(bare), Flat(written));
    }

    [Fact]
    public void An_elasticsearch_sink_needs_its_type_and_nodes_only()
    {
        var least = Sound(new FakeSurroundings().Load("""{"LogShipper":{"Sinks":{"es":{"Type":"elasticsearch","Nodes":["https://es:9200"]}}}}"""));
        var written = Sound(new FakeSurroundings().Load(ContractOfElasticsearch));
        var (leastSink, writtenSink) = (Elasticsearch(least), Elasticsearch(written));
        Assert.Equal(["access", "error"], leastSink.Logs);
        Assert.Equal(writtenSink.Logs, leastSink.Logs);
        Assert.Equal(writtenSink.Options.Nodes, leastSink.Options.Nodes);
        Assert.Equal(writtenSink.Options with { Nodes = [] }, leastSink.Options with { Nodes = writtenSink.Options.Nodes } with { Nodes = [] });
        Assert.Equal(
            new ElasticsearchOptions { Nodes = [], Pipeline = "_none", Compression = PayloadCompression.Gzip, MaxInFlight = 2, VerifyCertificates = true },
            leastSink.Options with { Nodes = [] });
    }

    [Fact]
    public void With_the_installed_template_the_pipeline_is_left_to_the_sink()
    {
        var installed = new FakeSurroundings().Load(null, "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=http://es", "Sinks:es:InstallTemplate=true");
        Assert.Equal("", Elasticsearch(Sound(installed)).Options.Pipeline);
        var named = new FakeSurroundings().Load(null, "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=http://es", "Sinks:es:InstallTemplate=true", "Sinks:es:Pipeline=_none");
        Assert.Equal("_none", Elasticsearch(Sound(named)).Options.Pipeline);
    }

    [Fact]
    public void The_instance_is_the_pod_before_it_is_the_host()
    {
        var surroundings = new FakeSurroundings { Variables = { ["POD_UID"] = "pod-1" } };
        Assert.Equal("pod-1", Sound(surroundings.Load()).Instance);
        Assert.Equal("mine", Sound(surroundings.Load(null, "Instance=mine")).Instance);
    }

    [Fact]
    public void An_unset_state_directory_falls_back_to_the_environment()
    {
        var surroundings = new FakeSurroundings { UnwritableDirectories = { "/var/lib/logshipper" } };
        surroundings.Variables["XDG_STATE_HOME"] = "/home/me/.state";
        Assert.Equal("/home/me/.state/logshipper", Sound(surroundings.Load()).StateDirectory);
        surroundings.Variables["STATE_DIRECTORY"] = "/var/lib/private/a:/var/lib/private/b";
        Assert.Equal("/var/lib/private/a", Sound(surroundings.Load()).StateDirectory);
        surroundings.UnwritableDirectories.Add("/var/lib/private/a");
        Assert.Equal("/home/me/.state/logshipper", Sound(surroundings.Load()).StateDirectory);
    }

    [Fact]
    public void A_set_state_directory_that_cannot_be_written_is_a_problem_whatever_the_environment_offers()
    {
        var surroundings = new FakeSurroundings { UnwritableDirectories = { "/state" } };
        surroundings.Variables["STATE_DIRECTORY"] = "/other";
        var problem = Assert.Single(surroundings.Load(null, "StateDirectory=/state").Problems);
        Assert.Equal("LogShipper:StateDirectory", problem.Key);
    }

    [Fact]
    public void No_writable_state_directory_at_all_is_a_problem_that_names_all_that_were_tried()
    {
        var surroundings = new FakeSurroundings { UnwritableDirectories = { "/var/lib/logshipper", "/x/logshipper" } };
        surroundings.Variables["XDG_STATE_HOME"] = "/x";
        var problem = Assert.Single(surroundings.Load().Problems);
        Assert.Contains("/var/lib/logshipper cannot be written", problem.Message, StringComparison.Ordinal);
        Assert.Contains("/x/logshipper (from $XDG_STATE_HOME) cannot be written", problem.Message, StringComparison.Ordinal);
    }

    private static Plan Sound(LoadedConfiguration loaded)
    {
        Assert.Empty(loaded.Problems);
        return loaded.Plan!;
    }

    private static ElasticsearchSinkPlan Elasticsearch(Plan plan) => Assert.IsType<ElasticsearchSinkPlan>(Assert.Single(plan.Sinks));

    private static (string Name, string Path, string Formats, string Zone, bool KeepOriginal) Facts(LogPlan log) =>
        (log.Name, log.Path, string.Join(' ', log.Formats), log.TimeZone.Id, log.KeepOriginal);

    private static string Flat(Plan plan) => string.Join('\n', [
        (plan with { Logs = [], Sinks = [] }).ToString(),
        .. plan.Logs.Select(log => Facts(log).ToString()),
        .. plan.Sinks.Select(sink => $"{sink.Name} {string.Join(' ', sink.Logs)} {((StdoutSinkPlan)sink).Options}"),
    ]);
}
