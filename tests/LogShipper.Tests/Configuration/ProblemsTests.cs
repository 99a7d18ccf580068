using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class ProblemsTests
{
    private const string AllowedDuration = "50ms to 1h, as a whole number with its unit, such as 500ms, 30s, 1m or 1h, or hours, minutes and seconds as in 00:00:30";

    /// <summary>Settings for the command line, and the one line that must come of them.</summary>
    public static TheoryData<string[], string> OneProblem => new()
    {
        { ["Interval=30"], $"LogShipper:Interval = \"30\": a duration needs a unit; allowed: {AllowedDuration} (--set)" },
        { ["Interval=1ms"], $"LogShipper:Interval = \"1ms\": too short; allowed: {AllowedDuration} (--set)" },
        { ["Interval=61m"], $"LogShipper:Interval = \"61m\": too long; allowed: {AllowedDuration} (--set)" },
        { ["Interval="], $"LogShipper:Interval = \"\": not a duration; allowed: {AllowedDuration} (--set)" },
        { ["INTERVAL=soon\u001b[2J"], $"LogShipper:Interval = \"soon\\u001b[2J\": not a duration; allowed: {AllowedDuration} (--set)" },
        { ["Interval:0=30s"], $"LogShipper:Interval: must be one value, not a section; allowed: {AllowedDuration}" },
        { ["BatchBytes=1"], "LogShipper:BatchBytes = \"1\": too small; allowed: 4KiB to 64MiB, as a whole number of bytes, alone or with a unit: KiB, MiB, GiB (1024), kB, MB, GB (1000) (--set)" },
        { ["BatchBytes=many"], "LogShipper:BatchBytes = \"many\": not a size; allowed: 4KiB" },
        { ["Admin:Port=65536"], "LogShipper:Admin:Port = \"65536\": too large; allowed: a whole number, 0 to 65535 (--set)" },
        { ["Admin:Port=-1"], "LogShipper:Admin:Port = \"-1\": too small;" },
        { ["Admin:Port=99999999999999999999"], "LogShipper:Admin:Port = \"99999999999999999999\": not a whole number;" },
        { ["Admin:Port=http"], "LogShipper:Admin:Port = \"http\": not a whole number;" },
        { ["Admin:Enabled=1"], "LogShipper:Admin:Enabled = \"1\": not true or false; allowed: true or false (--set)" },
        { ["Admin:Address=localhost"], "LogShipper:Admin:Address = \"localhost\": not an IP address;" },
        { ["Admin:Address=1"], "LogShipper:Admin:Address = \"1\": not an IP address;" },
        { ["Admin=true"], "LogShipper:Admin: must be a section with keys of its own, not a value (--set)" },
        { ["Intervall=1s"], "LogShipper:Intervall: unknown key; did you mean Interval? (--set)" },
        { ["StateDir=/x"], "LogShipper:StateDir: unknown key; did you mean StateDirectory?" },
        { ["Colour=/x"], "LogShipper:Colour: unknown key; known here: Interval," },
        { ["Port=80"], "LogShipper:Port: unknown key; did you mean LogShipper:Admin:Port? (--set)" },
        { ["Sinks:stdout:Layuot=raw"], "LogShipper:Sinks:stdout:Layuot: unknown key; did you mean Layout?" },
        { ["Sinks:stdout:Layout=ecs"], "LogShipper:Sinks:stdout:Layout = \"ecs\": unknown; allowed: raw, json (--set)" },
        { ["Diagnostics:Level=Informtion"], "LogShipper:Diagnostics:Level = \"Informtion\": unknown, did you mean Information?; allowed: Verbose, Debug, Information, Warning, Error, Fatal (--set)" },
        { ["DeadLetters:WhenFull=drop"], "LogShipper:DeadLetters:WhenFull = \"drop\": unknown, did you mean drop-oldest?; allowed: stop, drop-oldest" },
        { ["TerminationMessagePath=a\nb"], "LogShipper:TerminationMessagePath = \"a\\u000ab\": contains control characters;" },

        { ["Logs:shop:Format=main"], "LogShipper:Logs:shop:Path: is not set; allowed: a path that is not empty" },
        { ["Logs:shop:Path=/a"], "LogShipper:Logs:shop:Format: is not set; allowed: combined, main, error, json, or a whole nginx log_format string, or a list of them" },
        { ["Logs:access:Path="], "LogShipper:Logs:access:Path = \"\": empty;" },
        { ["Logs:access:Enabled=false"], "LogShipper:Logs: no log is enabled: there is nothing to ship" },
        { ["Logs:access:Format:0="], "LogShipper:Logs:access:Format:0 = \"\": empty;" },
        { ["Logs:error:TimeZone=Mars/Olympus"], "LogShipper:Logs:error:TimeZone = \"Mars/Olympus\": unknown time zone;" },
        { ["Logs:a-b:Path=/x", "Logs:access:Enabled=true"], "LogShipper:Logs: \"a-b\" cannot name a log; allowed: 1 to 40 letters, digits and _" },
        { ["Logs=access"], "LogShipper:Logs: must be a section with keys of its own, not a value" },
        { ["Logs:access=/x"], "LogShipper:Logs:access: must be a section with keys of its own, not a value" },
        { ["Logs:access:Path=/a.log", "Logs:error:Path=/./a.log"], "LogShipper:Logs:error:Path = \"/a.log\": names a file that the log access (/a.log) ships already" },
        { ["Logs:access:Path=/l/*.log", "Logs:error:Path=/l/error.log"], "LogShipper:Logs:error:Path = \"/l/error.log\": names a file that the log access (/l/*.log) ships already" },
        { ["Logs:access:Path=/l/access.log", "Logs:error:Path=/l/*.log"], "LogShipper:Logs:error:Path = \"/l/*.log\": names a file that the log access (/l/access.log) ships already" },

        { ["Sinks:stdout:Enabled=false"], "LogShipper:Sinks: no sink is enabled: there is nowhere to ship to" },
        { ["Sinks:es:Nodes:0=http://es"], "LogShipper:Sinks:es:Type: is not set; allowed: stdout, elasticsearch" },
        { ["Sinks:es:Type=elastic", "Sinks:es:Nodes:0=http://es"], "LogShipper:Sinks:es:Type = \"elastic\": unknown, did you mean elasticsearch?; allowed: stdout, elasticsearch" },
        { ["Sinks:es:Type=elasticsearch"], "LogShipper:Sinks:es:Nodes: is not set; allowed: a list" },
        { ["Sinks:stdout:Nodes:0=http://es"], "LogShipper:Sinks:stdout:Nodes: belongs to sinks of type elasticsearch; this one is of type stdout" },
        { [.. Es, "Sinks:es:Layout=raw"], "LogShipper:Sinks:es:Layout: belongs to sinks of type stdout; this one is of type elasticsearch" },
        { ["Sinks:stdout:Logs:0=acces"], "LogShipper:Sinks:stdout:Logs = \"acces\": no log has this name; allowed: access, error" },
        { ["Sinks:stdout:Logs=access"], "LogShipper:Sinks:stdout:Logs = \"access\": must be a list, not a single value; allowed: a list, as in" },
        { ["MemoryBudget=1MiB"], "LogShipper:MemoryBudget = \"1MiB\": too small: shared by 1 sink, a share is 1MiB and must hold 6 × BatchBytes (1536KiB); allowed: a MemoryBudget of at least 1536KiB, or a smaller BatchBytes" },
        { ["BatchBytes=2MiB", "Sinks:stdout:Logs:0=access", .. Es], "LogShipper:MemoryBudget = \"16MiB\": too small: shared by 2 sinks, a share is 8MiB and must hold 6 × BatchBytes (12MiB); allowed: a MemoryBudget of at least 24MiB" },

        { ["Sinks:es:Type=elasticsearch", "Sinks:es:Nodes=http://a"], "LogShipper:Sinks:es:Nodes = \"http://a\": must be a list, not a single value; allowed: a list, as in" },
        { [.. Es, "Sinks:es:Nodes=http://a"], "LogShipper:Sinks:es:Nodes: has a value of its own beside numbered ones" },
        { [.. Es, "Sinks:es:Nodes:x=http://a"], "LogShipper:Sinks:es:Nodes: is a list: its items are numbered 0, 1, 2 …, without gaps; \"x\" stands where 1 should" },
        { [.. Es, "Sinks:es:Nodes:1:x=http://a"], "LogShipper:Sinks:es:Nodes:1: must be one value;" },
        { [.. Es, "Sinks:es:Nodes:1=es:9200"], "LogShipper:Sinks:es:Nodes:1 = \"es:9200\": not an http or https URL;" },
        { [.. Es, "Sinks:es:Nodes:1=es"], "LogShipper:Sinks:es:Nodes:1 = \"es\": not an absolute URL;" },
        { [.. Es, "Sinks:es:Nodes:1=/es"], "LogShipper:Sinks:es:Nodes:1 = \"/es\": not an http or https URL;" },
        { [.. Es, "Sinks:es:Nodes:1=http://es?apikey=hunter2"], "LogShipper:Sinks:es:Nodes:1 = (not shown): has a query or a fragment;" },
        { [.. Es, "Sinks:es:Nodes:1=http://es/#hunter2"], "LogShipper:Sinks:es:Nodes:1 = (not shown): has a query or a fragment;" },
        { [.. Es, "Sinks:es:Nodes:1=es:9200/?apikey=hunter2"], "LogShipper:Sinks:es:Nodes:1 = (not shown): not an http or https URL;" },
        { [.. Es, "Sinks:es:Nodes:1=me:hunter2@es:9200"], "LogShipper:Sinks:es:Nodes:1 = (not shown): not an" },
        { [.. Es, "Sinks:es:Nodes:1=https://me:hunter2@es"], "LogShipper:Sinks:es:Nodes:1 = (not shown): contains a user or password, which belong into Username and Password;" },
        { [.. Es, "Sinks:es:MaxInFlight=17"], "LogShipper:Sinks:es:MaxInFlight = \"17\": too large; allowed: a whole number, 1 to 16" },
        { [.. Es, "Sinks:es:Compression=zip"], "LogShipper:Sinks:es:Compression = \"zip\": unknown, did you mean gzip?; allowed: gzip, none" },
        { [.. Es, "Sinks:es:Pipeline="], "LogShipper:Sinks:es:Pipeline = \"\": empty;" },
        { [.. Es, "Sinks:es:Index=Nginx"], "LogShipper:Sinks:es:Index = \"Nginx\": an index name" },
        { [.. Es, "Sinks:es:Index=nginx-{0:yyyy"], "LogShipper:Sinks:es:Index = \"nginx-{0:yyyy\": a date pattern looks like {0:yyyy.MM.dd};" },
        { [.. Es, "Sinks:es:Index=nginx-{1:yyyy}"], "LogShipper:Sinks:es:Index = \"nginx-{1:yyyy}\": a date pattern looks like {0:yyyy.MM.dd};" },
        { [.. Es, "Sinks:es:Index=nginx-{0:yyyy-mm}"], "LogShipper:Sinks:es:Index = \"nginx-{0:yyyy-mm}\": 'mm' is not known in a date pattern: yyyy, yy, MM, dd and HH are;" },
        { [.. Es, "Sinks:es:Index=nginx-{0:yyyy/MM}"], "LogShipper:Sinks:es:Index = \"nginx-{0:yyyy/MM}\": an index name" },
        { [.. Es, "Sinks:es:Index=_nginx"], "LogShipper:Sinks:es:Index = \"_nginx\": an index name" },

        { [.. Es, "Sinks:es:Username=me"], "LogShipper:Sinks:es:Username: is set without Password or PasswordFile" },
        { [.. Es, "Sinks:es:Username=m:e", "Sinks:es:Password=x"], "LogShipper:Sinks:es:Username = (not shown): contains a colon, which basic authentication cannot carry;" },
        { [.. Es, "Sinks:es:Password=hunter2"], "LogShipper:Sinks:es:Password: is set without Username" },
        { [.. Es, "Sinks:es:ApiKey=hunter2", "Sinks:es:BearerToken=hunter2"], "LogShipper:Sinks:es: has more than one way to authenticate (API key, bearer token); keep one" },
        { [.. Es, "Sinks:es:ApiKey=hunter2", "Sinks:es:ApiKeyFile=/key"], "LogShipper:Sinks:es:ApiKeyFile: is set beside ApiKey; keep one" },
        { [.. Es, "Sinks:es:ApiKey=hunter2\n"], "LogShipper:Sinks:es:ApiKey = (not shown): contains control characters; allowed: printable ASCII" },
        { [.. Es, "Sinks:es:ApiKey:0=hunter2"], "LogShipper:Sinks:es:ApiKey: must be one value, not a section;" },
        { [.. Es, "Sinks:es:ApiKeyFile=/none"], "LogShipper:Sinks:es:ApiKeyFile = (not shown): does not exist; allowed: the path of a file that we may read, not the secret itself" },
        { [.. Es, "Sinks:es:ApiKeyFile=/empty"], "LogShipper:Sinks:es:ApiKeyFile = \"/empty\": is empty" },
        { [.. Es, "Sinks:es:CaFile=/none"], "LogShipper:Sinks:es:CaFile = \"/none\": does not exist" },
        { [.. Es, "Sinks:es:CaFile=/key"], "LogShipper:Sinks:es:CaFile = \"/key\": holds no certificate in PEM form" },
        { [.. Es, "Sinks:es:ClientKeyFile=/key"], "LogShipper:Sinks:es:ClientKeyFile: is set without ClientCertificateFile" },
        { [.. Es, "Sinks:es:ClientCertificateFile=/key"], "LogShipper:Sinks:es:ClientCertificateFile = \"/key\": and its key are not a pair in PEM form" },
    };

    private static string[] Es => ["Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=https://es:9200"];

    [Theory]
    [MemberData(nameof(OneProblem))]
    public void One_fault_is_one_line_with_key_value_and_what_is_allowed(string[] settings, string line)
    {
        var surroundings = new FakeSurroundings();
        surroundings.Files["/key"] = "the key"u8.ToArray();
        surroundings.Files["/empty"] = " \n"u8.ToArray();
        var loaded = surroundings.Load(null, settings);
        Assert.Null(loaded.Plan);
        var problem = Assert.Single(loaded.Problems).ToString();
        Assert.StartsWith(line, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_path_of_a_log_that_ends_with_a_slash_is_a_problem() =>
        Assert.Contains(
            "names a directory",
            Assert.Single(new FakeSurroundings().Load(null, "Logs:access:Path=/var/log/nginx/").Problems).ToString(),
            StringComparison.Ordinal);

    [Fact]
    public void All_faults_are_told_at_once_with_the_place_of_each()
    {
        const string Json = """
            {
              "LogShipper": {
                "Intervall": "1s",
                // a comment
                "BatchBytes": "lots",
                "Logs": ["access"],
                "Admin": {
                  "Port": 1.5, "Address": [], },
                "Sinks": { "es": { "Type": "elasticsearch", "Nodes": "http://a" },
                  "x": { "Type": "stdout", "Logs": {} } } },
              "Serilog": {}
            }
            """;
        var surroundings = new FakeSurroundings { Variables = { ["LOGSHIPPER__DRAINTIMEOUT"] = "1" } };
        var problems = surroundings.Load(Json, "RotationGrace=x").Problems.Select(problem => problem.ToString()).ToList();
        Assert.Collection(
            problems.Order(StringComparer.Ordinal),
            line => AssertLine(line, "LogShipper:Admin:Address: must be one value, not a list", "(/config.json line 8)"),
            line => AssertLine(line, "LogShipper:Admin:Port = \"1.5\": not a whole number", "(/config.json line 8)"),
            line => AssertLine(line, "LogShipper:BatchBytes = \"lots\"", "(/config.json line 5)"),
            line => AssertLine(line, "LogShipper:DrainTimeout = \"1\"", "(environment LOGSHIPPER__DRAINTIMEOUT)"),
            line => AssertLine(line, "LogShipper:Intervall: unknown key; did you mean Interval?", "(/config.json line 3)"),
            line => AssertLine(line, "LogShipper:Logs: must be a section with keys of its own, not a list", "(/config.json line 6)"),
            line => AssertLine(line, "LogShipper:RotationGrace = \"x\"", "(--set)"),
            line => AssertLine(line, "LogShipper:Sinks:es:Nodes = \"http://a\": must be a list", "(/config.json line 9)"),
            line => AssertLine(line, "LogShipper:Sinks:x:Logs: must be a list, not a section", "(/config.json line 10)"),
            line => AssertLine(line, "Serilog: unknown key: everything stands beneath \"LogShipper\"", "(/config.json line 11)"));
    }

    [Theory]
    [InlineData("{ \"LogShipper\": {\n \"Interval\": 1s } }", "/config.json line 2: not valid JSON: ")]
    [InlineData("", "/config.json: is empty")]
    [InlineData("{ \"LogShipper\":", "/config.json line 1: not valid JSON: ")]
    [InlineData("[]", "/config.json: ")]
    [InlineData("7", "/config.json: ")]
    public void A_file_that_is_not_a_JSON_object_is_one_problem(string json, string line) =>
        Assert.StartsWith(line, Assert.Single(new FakeSurroundings().Load(json).Problems).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_cannot_be_read_is_one_problem()
    {
        var loaded = new ConfigurationLoader(new FakeSurroundings()).Load(new ConfigurationSources("/none.json", []));
        Assert.Equal("--config \"/none.json\": does not exist", Assert.Single(loaded.Problems).ToString());
        Assert.Null(loaded.Draft);
    }

    [Theory]
    [InlineData("{\"LogShipper\":{\"Interval\":\"1s\",\n\"INTERVAL\":\"2s\"}}", "LogShipper:INTERVAL")]
    [InlineData("{\"LogShipper\":{\"Interval\":\"1s\"},\n\"LogShipper:Interval\":\"2s\"}", "LogShipper:Interval")]
    [InlineData("{\"LogShipper\":{\"Logs\":{\"a\":{\"Path\":\"/a\"},\n\"A\":{\"Format\":\"main\"}}}}", "LogShipper:Logs:A")]
    public void A_key_that_stands_twice_is_a_problem_in_whatever_case(string json, string key)
    {
        var problem = Assert.Single(new FakeSurroundings().Load(json).Problems);
        Assert.StartsWith($"{key}: stands twice, first in /config.json line 1;", problem.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("(/config.json line 2)", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_that_are_none_are_told_and_good_ones_accepted()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=test", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var surroundings = new FakeSurroundings();
        surroundings.Files["/ca.pem"] = System.Text.Encoding.UTF8.GetBytes(certificate.ExportCertificatePem());
        surroundings.Files["/key.pem"] = System.Text.Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem());
        Assert.Empty(surroundings.Load(null, [.. Es, "Sinks:es:CaFile=/ca.pem", "Sinks:es:ClientCertificateFile=/ca.pem", "Sinks:es:ClientKeyFile=/key.pem"]).Problems);

        using var other = System.Security.Cryptography.ECDsa.Create();
        surroundings.Files["/key.pem"] = System.Text.Encoding.UTF8.GetBytes(other.ExportPkcs8PrivateKeyPem());
        Assert.Single(surroundings.Load(null, [.. Es, "Sinks:es:ClientCertificateFile=/ca.pem", "Sinks:es:ClientKeyFile=/key.pem"]).Problems);
    }

    [Theory]
    [InlineData("Passwrod")]
    [InlineData("Sinks:es:Passwrod")]
    [InlineData("Sinks:es")]
    [InlineData("Sinks")]
    [InlineData("Logs:access")]
    [InlineData("Sinks:es:Password:x")]
    [InlineData("Sinks:es:Nodes:0:x")]
    [InlineData("Diagnostics:ApiKey:Nested")]
    public void A_value_that_may_be_a_secret_at_the_wrong_key_is_never_shown(string key)
    {
        var loaded = new FakeSurroundings().Load(null, [.. Es, $"{key}=hunter2"]);
        Assert.NotEmpty(loaded.Problems);
        Assert.DoesNotContain("hunter2", string.Join('\n', loaded.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ApiKeyFile=hunter2")]
    [InlineData("ApiKeyFile=/hunter2")]
    [InlineData("ApiKeyFile=hunter2\nhunter2")]
    [InlineData("BearerTokenFile=hunter2")]
    [InlineData("PasswordFile=hunter2", "Username=me")]
    [InlineData("ClientCertificateFile=hunter2", "ClientKeyFile=/key")]
    [InlineData("ClientKeyFile=-----BEGIN PRIVATE KEY-----\nhunter2", "ClientCertificateFile=/key")]
    [InlineData("ClientKeyFile=hunter2", "ClientCertificateFile=/key")]
    [InlineData("Username=me:hunter2", "Password=x")]
    [InlineData("Username=me\nhunter2", "Password=x")]
    public void A_secret_in_the_place_of_its_file_or_behind_a_user_name_is_never_shown(params string[] settings)
    {
        var surroundings = new FakeSurroundings();
        surroundings.Files["/key"] = "the key"u8.ToArray();
        AssertHidden(surroundings.Load(null, [.. Es, .. settings.Select(setting => $"Sinks:es:{setting}")]), settings[0].Split('=')[0]);
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("/dev/null/hunter2")]
    [InlineData("/proc/self/mem/hunter2")]
    [InlineData("/tmp/hunter2/hunter2")]
    [InlineData("hunter2-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void What_the_machine_says_of_such_a_file_does_not_show_it_either(string value)
    {
        KeyValuePair<string, string>[] settings = [new("Sinks:es:Type", "elasticsearch"), new("Sinks:es:Nodes:0", "https://es:9200"), new("Sinks:es:ApiKeyFile", value)];
        AssertHidden(new ConfigurationLoader(new ProcessSurroundings()).Load(new ConfigurationSources(null, [.. settings])), "ApiKeyFile");
    }

    private static void AssertHidden(LoadedConfiguration loaded, string setting)
    {
        Assert.Contains(loaded.Problems, problem => problem.Key == $"LogShipper:Sinks:es:{setting}" && problem.Message.StartsWith(" = (not shown): ", StringComparison.Ordinal));
        Assert.All(loaded.Problems, problem => Assert.DoesNotContain("hunter2", $"{problem} {problem.WithoutValue}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_value_is_cut() =>
        Assert.Contains($"\"{new string('x', 120)}…\" (5000 characters)", Assert.Single(new FakeSurroundings().Load(null, $"Interval={new string('x', 5000)}").Problems).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Unverified_certificates_and_credentials_in_the_clear_are_worth_a_note()
    {
        var loaded = new FakeSurroundings().Load(
            null, "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=http://es", "Sinks:es:ApiKey=abc", "Sinks:es:VerifyCertificates=false");
        Assert.NotNull(loaded.Plan);
        Assert.Equal(["LogShipper:Sinks:es:ApiKey", "LogShipper:Sinks:es:Nodes", "LogShipper:Sinks:es:VerifyCertificates"], loaded.Notes.Select(note => note.Key).Order(StringComparer.Ordinal));
    }

    private static void AssertLine(string line, string start, string end)
    {
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        Assert.EndsWith(end, line, StringComparison.Ordinal);
    }
}
