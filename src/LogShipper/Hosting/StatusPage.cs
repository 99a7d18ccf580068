using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Hosting;

/// <summary>
/// The page: one file, put together of what is embedded in the assembly. It loads nothing, and its policy lets it run its
/// own script and style alone, known by their hashes, and talk to nobody but us.
/// </summary>
internal sealed class StatusPage
{
    private const string StylePlace = "/*style*/";
    private const string ScriptPlace = "/*script*/";

    private StatusPage(byte[] compressed, string policy)
    {
        Compressed = compressed;
        Policy = policy;
    }

    /// <summary>The page, gzip.</summary>
    public byte[] Compressed { get; }

    /// <summary>Its Content-Security-Policy.</summary>
    public string Policy { get; }

    public static StatusPage Compose()
    {
        var (style, script) = (Read("page.css"), Read("page.js"));
        var html = Read("page.html").Replace(StylePlace, style, StringComparison.Ordinal).Replace(ScriptPlace, script, StringComparison.Ordinal);
        var policy = $"default-src 'none'; script-src '{HashOf(script)}'; style-src '{HashOf(style)}'; img-src data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(Encoding.UTF8.GetBytes(html));
        }

        return new StatusPage(compressed.ToArray(), policy);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept-Encoding";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "gzip";
            response.ContentLength = Compressed.Length;
            await response.Body.WriteAsync(Compressed, context.RequestAborted);
            return;
        }

        await using var html = new GZipStream(new MemoryStream(Compressed), CompressionMode.Decompress);
        await html.CopyToAsync(response.Body, context.RequestAborted);
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Read(string name)
    {
        using var stream = typeof(StatusPage).Assembly.GetManifestResourceStream($"Page/{name}") ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
