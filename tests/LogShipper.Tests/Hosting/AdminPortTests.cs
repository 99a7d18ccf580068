using System.Net;
using System.Net.Sockets;
using LogShipper.Configuration;
using LogShipper.Hosting;

namespace LogShipper.Tests.Hosting;

public sealed class AdminPortTests
{
    [Fact]
    public void A_port_in_use_is_told_with_its_key_its_value_and_what_can_be_done()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var fault = AdminPort.FaultOf(new AdminPlan(Enabled: true, IPAddress.Any, port));
        Assert.Equal(
            $"LogShipper:Admin:Port = \"{port}\": 0.0.0.0:{port} is in use by another process (in a Pod all containers share their ports); take another port, or switch the endpoint off (LogShipper:Admin:Enabled = false)",
            fault);
    }

    [Fact]
    public void An_address_of_another_machine_is_told()
    {
        var fault = AdminPort.FaultOf(new AdminPlan(Enabled: true, IPAddress.Parse("203.0.113.1"), 0));
        Assert.StartsWith("LogShipper:Admin:Address = \"203.0.113.1\": is no address of this machine", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public void A_free_port_is_no_fault(string address) => Assert.Null(AdminPort.FaultOf(new AdminPlan(Enabled: true, IPAddress.Parse(address), 0)));

    [Fact]
    public void What_has_nothing_to_do_with_a_port_is_left_to_others() =>
        Assert.Null(AdminPort.FaultOf(new AdminPlan(Enabled: true, IPAddress.Any, 1), new IOException("the state directory is taken")));
}
