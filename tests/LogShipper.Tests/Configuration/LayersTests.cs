using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class LayersTests
{
    [Fact]
    public void The_environment_is_over_the_file_and_the_command_line_over_both()
    {
        var surroundings = new FakeSurroundings();
        const string Json = """{"LogShipper":{"Interval":"1s","DrainTimeout":"1s","RotationGrace":"1s"}}""";
        surroundings.Variables["LogShipper__DrainTimeout"] = "2s";
        surroundings.Variables["LogShipper__RotationGrace"] = "2s";
        var plan = Plan(surroundings.Load(Json, "RotationGrace=3s"));
        Assert.Equal((1, 2, 3), (plan.Interval.Seconds, plan.DrainTimeout.Seconds, plan.RotationGrace.Seconds));
    }

    [Theory]
    [InlineData("LOGSHIPPER__SINKS__ES__NODES__0")]
    [InlineData("logshipper__sinks__es__nodes__0")]
    [InlineData("LogShipper__Sinks__Es__Nodes__0")]
    public void A_variable_may_be_of_any_case(string variable)
    {
        var surroundings = new FakeSurroundings { Variables = { [variable] = "http://es:9200", ["LogShipper__Sinks__es__Type"] = "Elasticsearch" } };
        var sink = Assert.IsType<ElasticsearchSinkPlan>(Assert.Single(Plan(surroundings.Load()).Sinks));
        Assert.Equal("es", sink.Name);
        Assert.Equal([new Uri("http://es:9200")], sink.Options.Nodes);
    }

    [Fact]
    public void Other_variables_are_not_ours()
    {
        var surroundings = new FakeSurroundings { Variables = { ["LOGSHIPPER_PORT"] = "tcp://10.0.0.1:80", ["LogShipperX__Y"] = "1" } };
        Assert.Empty(surroundings.Load().Problems);
    }

    [Fact]
    public void Two_variables_for_one_key_are_a_problem()
    {
        var surroundings = new FakeSurroundings { Variables = { ["LogShipper__Interval"] = "1s", ["LOGSHIPPER__INTERVAL"] = "2s" } };
        Assert.Contains("two environment variables", Assert.Single(surroundings.Load().Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Interval")]
    [InlineData("interval")]
    [InlineData("LogShipper:Interval")]
    [InlineData("LogShipper.Interval")]
    [InlineData("LOGSHIPPER__INTERVAL")]
    public void A_key_on_the_command_line_may_be_written_in_several_ways(string key) =>
        Assert.Equal(7, Plan(new FakeSurroundings().Load(null, $"{key}=7s")).Interval.Seconds);

    [Theory]
    [InlineData("log_format main '$remote_addr [$time_local] '\r\n\t\t'\"$request\" $status';\n")]
    [InlineData("$remote_addr\t$status")]
    public void A_format_may_have_tabs_and_line_breaks(string format)
    {
        var surroundings = new FakeSurroundings { Variables = { ["LogShipper__Logs__access__Format"] = format } };
        Assert.Equal([format], Assert.Single(Plan(surroundings.Load()).Logs).Formats);
    }

    [Fact]
    public void Two_underscores_in_a_key_with_colons_belong_to_a_name()
    {
        var plan = Plan(new FakeSurroundings().Load(null, "Logs:a__b:Path=/a.log", "Logs:a__b:Format=main"));
        Assert.Equal("a__b", Assert.Single(plan.Logs).Name);
    }

    [Fact]
    public void The_later_of_two_settings_on_the_command_line_holds() =>
        Assert.Equal(9, Plan(new FakeSurroundings().Load(null, "Interval=7s", "LogShipper:INTERVAL=9s")).Interval.Seconds);

    [Fact]
    public void A_value_may_contain_an_equals_sign() =>
        Assert.Equal("a=b", Plan(new FakeSurroundings().Load(null, "Instance=a=b")).Instance);

    [Fact]
    public void A_shorter_list_of_a_later_layer_replaces_the_whole_list()
    {
        const string Json = """{"LogShipper":{"Sinks":{"es":{"Type":"elasticsearch","Nodes":["http://a","http://b","http://c"]}}}}""";
        var surroundings = new FakeSurroundings { Variables = { ["LogShipper__Sinks__es__Nodes__0"] = "http://d" } };
        var sink = Assert.IsType<ElasticsearchSinkPlan>(Assert.Single(Plan(surroundings.Load(Json)).Sinks));
        Assert.Equal([new Uri("http://d")], sink.Options.Nodes);
    }

    [Fact]
    public void A_list_with_a_gap_is_a_problem()
    {
        const string Json = """{"LogShipper":{"Sinks":{"es":{"Type":"elasticsearch","Nodes":["http://a","http://b"]}}}}""";
        var problem = Assert.Single(new FakeSurroundings().Load(Json, "Sinks:es:Nodes:1=http://c").Problems);
        Assert.Contains("without gaps", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_format_replaces_the_built_in_list()
    {
        var plan = Plan(new FakeSurroundings().Load(null, "Logs:access:Format=json"));
        Assert.Equal(["json"], Assert.Single(plan.Logs).Formats);
    }

    [Fact]
    public void Naming_one_log_leaves_the_other_defaults_out()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"Logs":{"Shop":{"Path":"/shop.log","Format":"main"}}}}"""));
        Assert.Equal("shop", Assert.Single(plan.Logs).Name);
        Assert.Equal("stdout", Assert.Single(plan.Sinks).Name);
    }

    [Fact]
    public void A_named_built_in_log_takes_what_is_not_set_from_the_defaults()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"Logs":{"error":{}, "Access":{"KeepOriginal":true}}}}"""));
        Assert.Equal(["/var/log/nginx/access.log", "/var/log/nginx/error.log"], plan.Logs.Select(log => log.Path));
        Assert.Equal([true, false], plan.Logs.Select(log => log.KeepOriginal));
    }

    [Fact]
    public void A_sink_that_happens_to_be_named_stdout_may_be_of_another_type()
    {
        var plan = Plan(new FakeSurroundings().Load(null, "Sinks:stdout:Type=elasticsearch", "Sinks:stdout:Nodes:0=http://es"));
        Assert.IsType<ElasticsearchSinkPlan>(Assert.Single(plan.Sinks));
    }

    [Fact]
    public void Names_are_the_same_in_every_case()
    {
        var surroundings = new FakeSurroundings { Variables = { ["LOGSHIPPER__LOGS__SHOP__FORMAT"] = "json" } };
        var plan = Plan(surroundings.Load("""{"LogShipper":{"Logs":{"Shop":{"Path":"/shop.log"}}}}"""));
        Assert.Equal(("shop", "/shop.log"), (plan.Logs[0].Name, plan.Logs[0].Path));
    }

    [Fact]
    public void A_null_says_nothing()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"Interval":null,"Logs":null,"Admin":null,"Sinks":{"es":null}}}"""));
        Assert.Equal(30, plan.Interval.Seconds);
        Assert.Equal(2, plan.Logs.Length);
        Assert.Equal("stdout", Assert.Single(plan.Sinks).Name);
    }

    [Fact]
    public void A_disabled_log_is_not_in_the_plan_and_no_sink_gets_it()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"Logs":{"access":{},"error":{"Enabled":false}},"Sinks":{"stdout":{"Logs":["access","error"]}}}}"""));
        Assert.Equal("access", Assert.Single(plan.Logs).Name);
        Assert.Equal(["access"], plan.Sinks[0].Logs);
    }

    [Fact]
    public void A_disabled_sink_needs_nothing()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"Sinks":{"stdout":{},"es":{"Enabled":false,"CaFile":"/none"}}}}"""));
        Assert.Equal("stdout", Assert.Single(plan.Sinks).Name);
    }

    [Fact]
    public void Numbers_and_booleans_of_JSON_are_read_as_their_text()
    {
        var plan = Plan(new FakeSurroundings().Load("""{"LogShipper":{"BatchBytes":65536,"Admin":{"Port":"80","Enabled":"FALSE"}}}"""));
        Assert.Equal((65536, 80, false), (plan.BatchBytes, plan.Admin.Port, plan.Admin.Enabled));
    }

    [Fact]
    public void A_file_with_a_byte_order_mark_and_a_schema_is_read()
    {
        var plan = Plan(new FakeSurroundings().Load("\ufeff{\"$schema\":\"x.json\",\"LogShipper\":{\"Interval\":\"5s\"}}"));
        Assert.Equal(5, plan.Interval.Seconds);
    }

    [Fact]
    public void Relative_paths_begin_at_the_working_directory() =>
        Assert.Equal("/cwd/logs/a.log", Plan(new FakeSurroundings().Load(null, "Logs:access:Path=logs/./a.log")).Logs[0].Path);

    [Fact]
    public void A_log_that_no_sink_gets_is_worth_a_note()
    {
        var loaded = new FakeSurroundings().Load(null, "Sinks:stdout:Logs:0=error");
        Assert.Equal("LogShipper:Logs:access", Assert.Single(loaded.Notes).Key);
        Assert.NotNull(loaded.Plan);
    }

    private static Plan Plan(LoadedConfiguration loaded)
    {
        Assert.Empty(loaded.Problems);
        return loaded.Plan!;
    }
}
