using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LogShipper.Demo;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class TlsTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("tls-").FullName;
    private readonly X509Certificate2 _authority = Authority("one");
    private BulkReceiver? _receiver;
    private ElasticsearchSink? _sink;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_sink is not null)
        {
            await _sink.DisposeAsync();
        }

        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }

        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_certificate_of_the_configured_authority_is_accepted() =>
        Assert.Same(Delivery.Complete, await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = CaFile(_authority) }));

    [Fact]
    public async Task One_of_several_authorities_in_the_file_is_enough()
    {
        using var other = Authority("two");

        Assert.Same(Delivery.Complete, await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = CaFile(other, _authority) }));
    }

    [Fact]
    public void Only_TLS_1_2_and_1_3_are_spoken() =>
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, new TlsFiles(new ElasticsearchOptions { Nodes = [new Uri("https://127.0.0.1")] }).Load().EnabledSslProtocols);

    [Fact]
    public async Task An_unknown_authority_is_refused()
    {
        using var other = Authority("two");

        var delivery = await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = CaFile(other) });

        Assert.Equal((DeliveryResult.Retry, "tls certificate: unknown authority"), (delivery.Result, delivery.Reason));
        Assert.Contains("CaFile", await _sink!.ContactAsync(Test), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_file_the_systems_authorities_count()
    {
        var delivery = await SendAsync(Leaf("127.0.0.1"), options => options);

        Assert.Equal("tls certificate: unknown authority", delivery.Reason);
    }

    [Fact]
    public async Task Another_host_name_is_refused_even_with_the_right_authority()
    {
        var delivery = await SendAsync(Leaf("127.0.0.2"), options => options with { CaFile = CaFile(_authority) });

        Assert.Equal("tls certificate: made for another host name", delivery.Reason);
        Assert.Contains("another host name", await _sink!.ContactAsync(Test), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        var delivery = await SendAsync(Leaf("127.0.0.1", Start.AddYears(1)), options => options with { CaFile = CaFile(_authority) });

        Assert.Equal("tls certificate: expired or not yet valid", delivery.Reason);
        Assert.Contains("expired", await _sink!.ContactAsync(Test), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_verified_where_that_was_chosen() =>
        Assert.Same(Delivery.Complete, await SendAsync(Leaf("127.0.0.2", Start.AddYears(1)), options => options with { VerifyCertificates = false }));

    [Fact]
    public async Task A_client_certificate_is_shown()
    {
        using var client = Leaf("client");
        var (certificate, key) = (Write("client.crt", client.ExportCertificatePem()), Write("client.key", KeyOf(client)));

        var delivery = await SendAsync(
            Leaf("127.0.0.1"),
            options => options with { CaFile = CaFile(_authority), ClientCertificateFile = certificate, ClientKeyFile = key },
            client.Thumbprint);

        Assert.Same(Delivery.Complete, delivery);
    }

    [Fact]
    public async Task Without_the_client_certificate_that_is_wanted_nothing_is_delivered()
    {
        var delivery = await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = CaFile(_authority) }, "ABCD");

        Assert.Equal((DeliveryResult.Retry, true), (delivery.Result, delivery.SinkDown));
        Assert.Contains("client certificate", await _sink!.ContactAsync(Test), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_authorities_that_changes_is_read_again()
    {
        using var other = Authority("two");
        var refused = await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = CaFile(other) });
        CaFile(other, _authority);
        using var payload = HandMade.Documents(1);

        Assert.Equal(DeliveryResult.Retry, refused.Result);
        Assert.Same(Delivery.Complete, await _sink!.SendAsync(payload, Test));
    }

    [Fact]
    public async Task A_file_of_authorities_that_is_missing_is_waited_for()
    {
        var missing = await SendAsync(Leaf("127.0.0.1"), options => options with { CaFile = Path.Combine(_directory, "ca.pem") });
        CaFile(_authority);
        using var payload = HandMade.Documents(1);

        Assert.Equal((DeliveryResult.Retry, "certificate file"), (missing.Result, missing.Reason));
        Assert.Same(Delivery.Complete, await _sink!.SendAsync(payload, Test));
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(Start, End);
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private X509Certificate2 Leaf(string host, DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, Start, end ?? End.AddDays(-1), [1, 2, 3, (byte)host.Length]);
        return certificate.CopyWithPrivateKey(key);
    }

    private string CaFile(params X509Certificate2[] authorities) =>
        Write("ca.pem", string.Join('\n', authorities.Select(authority => authority.ExportCertificatePem())));

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<Delivery> SendAsync(X509Certificate2 server, Func<ElasticsearchOptions, ElasticsearchOptions> configure, string clientThumbprint = "")
    {
        _receiver = await BulkReceiver.StartAsync(new BulkReceiverOptions { Certificate = server, ClientThumbprint = clientThumbprint }, Test);
        _sink = new ElasticsearchSink(configure(new ElasticsearchOptions { Nodes = [_receiver.Address] }), TimeProvider.System);
        using var payload = HandMade.Documents(1);
        return await _sink.SendAsync(payload, Test);
    }
}
