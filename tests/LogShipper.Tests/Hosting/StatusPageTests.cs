using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using LogShipper.Hosting;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Tests.Hosting;

public sealed class StatusPageTests
{
    private static readonly string[] Loading = ["http:", "https:", "@import", "rel=\"stylesheet", "<script ", "url("];
    private static readonly string[] Markup = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", " onclick=", " onload=", " onerror="];
    private static readonly StatusPage Page = StatusPage.Compose();

    [Theory]
    [InlineData("gzip, deflate, br")]
    [InlineData("")]
    public async Task It_is_one_small_file_that_loads_nothing_and_sets_no_cookie(string accepted)
    {
        var (html, headers) = await GetAsync(accepted);
        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.True(html.Length < 60_000, $"{html.Length} characters");
        Assert.All(Loading, word => Assert.DoesNotContain(word, html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
        Assert.False(headers.ContainsKey("Set-Cookie"));
        Assert.Equal(accepted.Length > 0 ? "gzip" : "", headers.ContentEncoding.ToString());
    }

    [Fact]
    public async Task Its_policy_allows_its_own_script_and_style_by_hash_and_nothing_else()
    {
        var (html, headers) = await GetAsync("gzip");
        var policy = headers.ContentSecurityPolicy.ToString();
        Assert.Contains("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (var element in (string[])["script", "style"])
        {
            var text = html.Split($"<{element}>")[1].Split($"</{element}>")[0];
            Assert.Contains($"{element}-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nothing_in_it_makes_markup_of_a_string()
    {
        var (html, _) = await GetAsync("gzip");
        Assert.All(Markup, word => Assert.DoesNotContain(word, html, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<(string Html, IHeaderDictionary Headers)> GetAsync(string accepted)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        context.Request.Headers.AcceptEncoding = accepted;
        await Page.AnswerAsync(context);
        body.Position = 0;
        await using Stream plain = accepted.Length > 0 ? new GZipStream(body, CompressionMode.Decompress) : body;
        return (await new StreamReader(plain).ReadToEndAsync(TestContext.Current.CancellationToken), context.Response.Headers);
    }
}
