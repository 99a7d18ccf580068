using System.Text;
using LogShipper.Payloads;

namespace LogShipper.Tests.Payloads;

public class NetworkAddressTests
{
    [Theory]
    [InlineData("1.2.3.4", AddressKind.Public)]
    [InlineData("255.255.255.255", AddressKind.Public)]
    [InlineData("10.1.2.3", AddressKind.Private)]
    [InlineData("172.31.0.1", AddressKind.Private)]
    [InlineData("172.32.0.1", AddressKind.Public)]
    [InlineData("192.168.1.1", AddressKind.Private)]
    [InlineData("0.0.0.0", AddressKind.Public)]
    [InlineData("::", AddressKind.Public)]
    [InlineData("::1", AddressKind.Private)]
    [InlineData("fe80::1", AddressKind.Private)]
    [InlineData("fd00::1", AddressKind.Private)]
    [InlineData("2a03:0000:10ff:f00f:0000:0000:0:8000", AddressKind.Public)]
    [InlineData("1::", AddressKind.Public)]
    [InlineData("::ffff:1.2.3.4", AddressKind.Public)]
    [InlineData("1:2:3:4:5:6:1.2.3.4", AddressKind.Public)]
    [InlineData("", AddressKind.None)]
    [InlineData("1.2.3", AddressKind.None)]
    [InlineData("1.2.3.4.5", AddressKind.None)]
    [InlineData("1.2.3.256", AddressKind.None)]
    [InlineData("01.2.3.4", AddressKind.None)]
    [InlineData("1.2.3.", AddressKind.None)]
    [InlineData("1..2.3", AddressKind.None)]
    [InlineData("1:2:3:4:5:6:7", AddressKind.None)]
    [InlineData("1:2:3:4:5:6:7:8:9", AddressKind.None)]
    [InlineData("1:2:3:4:5:6:7:8:", AddressKind.None)]
    [InlineData(":1:2:3:4:5:6:7", AddressKind.None)]
    [InlineData("1:::2", AddressKind.None)]
    [InlineData("1::2::3", AddressKind.None)]
    [InlineData("::1%eth0", AddressKind.None)]
    [InlineData("12345::", AddressKind.None)]
    [InlineData("unix:", AddressKind.None)]
    [InlineData("localhost", AddressKind.None)]
    internal void Only_what_is_an_address_is_one(string text, AddressKind expected) =>
        Assert.Equal((int)expected, (int)NetworkAddress.Look(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("1.2.3.4")]
    [InlineData("255.255.255.255")]
    [InlineData("192.0.2.10")]
    [InlineData("192.0.2.010")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.300")]
    [InlineData("192.0.02.1")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3...")]
    [InlineData("1234.5.6")]
    [InlineData("12345678")]
    [InlineData("1.2.3.a")]
    [InlineData("::1.2.3.4")]
    [InlineData("fe80::1")]
    public void An_address_is_one_whatever_follows_it(string text)
    {
        var line = Encoding.UTF8.GetBytes($"{text} - - [23/Nov/2026");
        Assert.Equal(NetworkAddress.IsAddress(Encoding.UTF8.GetBytes(text)), NetworkAddress.IsAddress(line, text.Length));
    }

    [Fact]
    public void What_is_asked_of_sixteen_bytes_at_once_is_what_is_asked_of_each()
    {
        var random = new Random(9);
        string[] parts = ["0", "1", "9", "00", "01", "10", "25", "99", "100", "199", "200", "249", "250", "255", "256", "260", "299", "300", "999", "0255", "1000", "", "a", "2a5"];
        for (var round = 0; round < 50_000; round++)
        {
            var text = string.Join('.', Enumerable.Range(0, random.Next(12) == 0 ? random.Next(6) : 4).Select(_ => parts[random.Next(random.Next(3) == 0 ? parts.Length : 18)]));
            var line = Encoding.UTF8.GetBytes($"{text}{(random.Next(2) == 0 ? " - - [23/Nov/2026:03" : "5.0.25.99.255.1.1.1")}");
            var length = Encoding.UTF8.GetByteCount(text);
            Assert.Equal(NetworkAddress.IsAddress(line.AsSpan(0, length)), NetworkAddress.IsAddress(line, length));
        }
    }
}
