using LogShipper.Demo;

namespace LogShipper.EndToEnd.Faults;

public sealed class NetworkFaults : FaultTest
{
    private const string Untouched = "nothing is settled before the sink has said so";

    private string CaFile => Path.Combine(Folder, "ca.pem");

    [Fact]
    public Task The_name_of_the_receiver_cannot_be_resolved_for_a_while() => PlayAsync(
        new(Part.Network, "DNS gone", $"the receiver's name is unknown at the start and for {Scale.Outage.InWords()} later on, when connections are closed as well", Untouched),
        async () =>
        {
            Privileges.NeedMountNamespaces();
            var hosts = Path.Combine(Folder, "hosts");
            await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n");
            await File.WriteAllTextAsync(Path.Combine(Folder, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
            Under = ["unshare", "--mount", "sh", "-c", $"mount --bind '{hosts}' /etc/hosts && mount --bind '{Folder}/resolv.conf' /etc/resolv.conf && exec \"$0\" \"$@\""];
            Node = $"http://receiver.test:{Port}";
            await StartAsync();
            await EventuallyAsync(() => Shipper.Says("takes nothing now"), "the outage is told", Scale.Patience);
            await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost receiver.test\n");
            await CaughtUpAsync();
            await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n");
            Receiver.Fault = BulkFault.EveryNth(1, BulkFault.DropUnread);
            await WaitAsync(Scale.Outage);
            Receiver.Fault = null;
            await WaitAsync(Scale.Outage);
            await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost receiver.test\n");
        });

    [Fact]
    public Task The_certificate_expires_and_is_renewed() => PlayAsync(
        new(Part.Network, "certificate expired, renewed", "the receiver comes back with a certificate that has expired, and later with a new one", Untouched) { Listens = false },
        async () =>
        {
            using var authority = new Certificates("one");
            var shown = authority.Leaf();
            await SecureAsync(authority, () => shown);
            await StartAsync();
            await CaughtUpAsync();
            shown = authority.Leaf(isExpired: true);
            await ReconnectAsync();
            await EventuallyAsync(() => Shipper.Says("expired"), "the reason is told", Scale.Patience);
            await WaitAsync(Scale.Outage);
            shown = authority.Leaf();
        });

    [Fact]
    public Task The_certificate_is_renewed_in_operation() => PlayAsync(
        new(Part.Network, "certificate renewed", "the certificate is renewed while connections are open, then they are closed", Untouched) { Listens = false },
        async () =>
        {
            using var authority = new Certificates("one");
            var shown = authority.Leaf();
            await SecureAsync(authority, () => shown);
            await StartAsync();
            await CaughtUpAsync();
            shown = authority.Leaf();
            await ReconnectAsync();
            await CaughtUpAsync();
        });

    [Fact]
    public Task The_authority_is_the_wrong_one() => PlayAsync(
        new(Part.Network, "wrong CA", "the receiver's certificate is of another authority than CaFile names, until CaFile is replaced", "files of certificates are read again when they change") { Listens = false },
        async () =>
        {
            using var authority = new Certificates("one");
            using var wrong = new Certificates("two");
            var shown = authority.Leaf();
            await SecureAsync(wrong, () => shown);
            await StartAsync();
            await EventuallyAsync(() => Shipper.Says("unknown authority"), "the reason is told", Scale.Patience);
            await WaitAsync(Scale.Outage);
            Assert.Equal(0, Receiver.Tally.Stored);
            await File.WriteAllTextAsync(CaFile, authority.Pem);
        });

    private async Task SecureAsync(Certificates trusted, Func<System.Security.Cryptography.X509Certificates.X509Certificate2> shown)
    {
        Node = $"https://127.0.0.1:{Port}";
        await File.WriteAllTextAsync(CaFile, trusted.Pem);
        Configure($"Sinks:es:CaFile={CaFile}");
        ReceiverOptions = new() { CurrentCertificate = shown };
        await ListenAsync();
    }

    /// <summary>Closes the connections that are open.</summary>
    private async Task ReconnectAsync()
    {
        var requests = Receiver.Tally.Requests;
        Receiver.Fault = static _ => BulkFault.DropUnread;
        await EventuallyAsync(() => Receiver.Tally.Requests > requests + 1 || Shipper.Says("takes nothing now"), "connections were closed", Scale.Patience);
        Receiver.Fault = null;
    }
}
