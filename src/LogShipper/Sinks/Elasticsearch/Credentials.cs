using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// What the sink shows to be let in: an API key, a bearer token, or user name and password, inline or from a file. A
/// file is read at first use and again after a 401, since secrets rotate. Nothing of it is ever printed.
/// </summary>
internal sealed class Credentials
{
    private readonly ElasticsearchOptions _options;
    private readonly Lock _gate = new();
    private AuthenticationHeaderValue? _header;
    private bool _known;

    public Credentials(ElasticsearchOptions options) => _options = options;

    /// <summary>The header to send, or null for none. False: a file cannot be read, and <paramref name="problem"/> says which.</summary>
    public bool TryGet(out AuthenticationHeaderValue? header, [NotNullWhen(false)] out string? problem)
    {
        lock (_gate)
        {
            problem = null;
            if (!_known)
            {
                try
                {
                    _header = Read();
                    _known = true;
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
                {
                    problem = error.Message;
                }
            }

            header = _header;
            return problem is null;
        }
    }

    /// <summary>They were refused: the files are read again before the next request.</summary>
    public void Refused()
    {
        lock (_gate)
        {
            _known = false;
        }
    }

    private AuthenticationHeaderValue? Read()
    {
        if (Secret(_options.ApiKey, _options.ApiKeyFile) is { Length: > 0 } key)
        {
            return new AuthenticationHeaderValue("ApiKey", key);
        }

        if (Secret(_options.BearerToken, _options.BearerTokenFile) is { Length: > 0 } token)
        {
            return new AuthenticationHeaderValue("Bearer", token);
        }

        if (_options.Username.Length > 0)
        {
            return Basic($"{_options.Username}:{Secret(_options.Password, _options.PasswordFile)}");
        }

        return _options.Nodes.Count > 0 && _options.Nodes[0].UserInfo is { Length: > 0 } userInfo
            ? Basic(Uri.UnescapeDataString(userInfo))
            : null;
    }

    private static AuthenticationHeaderValue Basic(string pair) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

    private static string Secret(string inline, string file)
    {
        var secret = inline.Length > 0 || file.Length == 0 ? inline : File.ReadAllText(file).Trim();
        if (file.Length > 0 && secret.Length == 0)
        {
            throw new FormatException($"The file '{file}' is empty.");
        }

        return !secret.AsSpan().ContainsAnyInRange('\0', '\u001f')
            ? secret
            : throw new FormatException(file.Length > 0 ? $"The secret in '{file}' contains control characters." : "A secret contains control characters.");
    }
}
