using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Configuration;

/// <summary>Makes the options of a sink of type <c>elasticsearch</c> of its section, and checks what no single key can tell.</summary>
internal sealed class ElasticsearchSection(SectionValues sink, ISurroundings surroundings, ProblemList problems, ProblemList notes)
{
    private readonly HashSet<Setting> _notShown = new(ReferenceEqualityComparer.Instance);

    public ElasticsearchOptions Read()
    {
        CheckNodes();
        CheckAuthentication();
        CheckExposure();
        CheckCertificates();
        if (!sink.Get(Settings.VerifyCertificates))
        {
            notes.Add(sink.PathOf(Settings.VerifyCertificates), "certificates are not verified: anyone on the way can read and answer", sink.PlaceOf(Settings.VerifyCertificates));
        }

        return new ElasticsearchOptions
        {
            Nodes = sink.Get(Settings.Nodes),
            ApiKey = sink.Get(Settings.ApiKey),
            ApiKeyFile = FullPath(Settings.ApiKeyFile),
            BearerToken = sink.Get(Settings.BearerToken),
            BearerTokenFile = FullPath(Settings.BearerTokenFile),
            Username = sink.Get(Settings.Username),
            Password = sink.Get(Settings.Password),
            PasswordFile = FullPath(Settings.PasswordFile),
            CaFile = FullPath(Settings.CaFile),
            ClientCertificateFile = FullPath(Settings.ClientCertificateFile),
            ClientKeyFile = FullPath(Settings.ClientKeyFile),
            VerifyCertificates = sink.Get(Settings.VerifyCertificates),
            Index = sink.Get(Settings.Index),

            // Unset stays empty: with InstallTemplate the sink's own pipeline is the default, and the sink knows its name.
            Pipeline = sink.IsWritten(Settings.Pipeline) || !sink.Get(Settings.InstallTemplate) ? sink.Get(Settings.Pipeline) : "",
            InstallTemplate = sink.Get(Settings.InstallTemplate),
            Compression = sink.Get(Settings.Compression),
            MaxInFlight = sink.Get(Settings.MaxInFlight),
        };
    }

    private void CheckNodes()
    {
        if (sink.Get(Settings.Nodes).Count == 0 && sink.IsWritten(Settings.Nodes) && !sink.IsFaulty(Settings.Nodes))
        {
            problems.Add(sink.PathOf(Settings.Nodes), $"is empty; allowed: {Settings.Nodes.Allowed}", sink.PlaceOf(Settings.Nodes));
        }
    }

    private void CheckAuthentication()
    {
        CheckPair(Settings.ApiKey, Settings.ApiKeyFile);
        CheckPair(Settings.BearerToken, Settings.BearerTokenFile);
        CheckPair(Settings.Password, Settings.PasswordFile);
        CheckSecretFile(Settings.ApiKeyFile);
        CheckSecretFile(Settings.BearerTokenFile);
        CheckSecretFile(Settings.PasswordFile);

        var hasPassword = IsGiven(Settings.Password) || IsGiven(Settings.PasswordFile);
        var hasUser = IsGiven(Settings.Username);
        if (hasUser && !hasPassword && !sink.IsFaulty(Settings.Password) && !sink.IsFaulty(Settings.PasswordFile))
        {
            problems.Add(sink.PathOf(Settings.Username), "is set without Password or PasswordFile", sink.PlaceOf(Settings.Username));
        }

        if (hasPassword && !hasUser && !sink.IsFaulty(Settings.Username))
        {
            var password = IsGiven(Settings.Password) ? Settings.Password : Settings.PasswordFile;
            problems.Add(sink.PathOf(password), "is set without Username", sink.PlaceOf(password));
        }

        string[] methods =
        [
            .. IsGiven(Settings.ApiKey) || IsGiven(Settings.ApiKeyFile) ? ["API key"] : Array.Empty<string>(),
            .. IsGiven(Settings.BearerToken) || IsGiven(Settings.BearerTokenFile) ? ["bearer token"] : Array.Empty<string>(),
            .. hasUser || hasPassword ? ["user name and password"] : Array.Empty<string>(),
        ];
        if (methods.Length > 1)
        {
            problems.Add(sink.Path, $"has more than one way to authenticate ({string.Join(", ", methods)}); keep one");
        }

        if (methods.Length > 0 && sink.Get(Settings.Nodes).Any(node => node.Scheme == "http" && !node.IsLoopback))
        {
            notes.Add(sink.PathOf(Settings.Nodes), "credentials are sent over plain http", sink.PlaceOf(Settings.Nodes));
        }
    }

    /// <summary>Arguments are shown to every process of the node.</summary>
    private void CheckExposure()
    {
        foreach (var (secret, file) in new[] { (Settings.ApiKey, Settings.ApiKeyFile), (Settings.BearerToken, Settings.BearerTokenFile), (Settings.Password, Settings.PasswordFile) })
        {
            if (IsGiven(secret) && sink.PlaceOf(secret) == ConfigurationLayer.CommandLine)
            {
                notes.Add(sink.PathOf(secret), $"is an argument of the process, which everybody on this machine can read; set {file.Name} instead", sink.PlaceOf(secret));
            }
        }
    }

    private void CheckPair(ValueSetting<string> value, ValueSetting<string> file)
    {
        if (IsGiven(value) && IsGiven(file))
        {
            problems.Add(sink.PathOf(file), $"is set beside {value.Name}; keep one", sink.PlaceOf(file));
        }
    }

    private void CheckSecretFile(ValueSetting<string> setting)
    {
        if (Content(setting) is { } content && content.All(character => character is (byte)' ' or (byte)'\r' or (byte)'\n' or (byte)'\t'))
        {
            Refuse(setting, "is empty");
        }
    }

    private void CheckCertificates()
    {
        if (Content(Settings.CaFile) is { } authorities && CertificateFiles.FaultOfAuthorities(authorities) is { } fault)
        {
            Refuse(Settings.CaFile, fault);
        }

        if (IsGiven(Settings.ClientKeyFile) && !IsGiven(Settings.ClientCertificateFile))
        {
            problems.Add(sink.PathOf(Settings.ClientKeyFile), "is set without ClientCertificateFile", sink.PlaceOf(Settings.ClientKeyFile));
        }

        var certificate = Content(Settings.ClientCertificateFile);
        var key = IsGiven(Settings.ClientKeyFile) ? Content(Settings.ClientKeyFile) : certificate;
        if (certificate is not null && key is not null && CertificateFiles.FaultOfClient(certificate, key) is { } pairFault)
        {
            Refuse(Settings.ClientCertificateFile, pairFault);
        }
    }

    /// <summary>What the file holds; null when none is given, or it cannot be read, which is then a problem.</summary>
    private byte[]? Content(ValueSetting<string> setting)
    {
        if (!IsGiven(setting))
        {
            return null;
        }

        var path = FullPath(setting);
        if (surroundings.FileFault(path) is { } fault)
        {
            RefuseUnread(setting, fault);
            return null;
        }

        try
        {
            return surroundings.ReadFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            RefuseUnread(setting, $"cannot be read: {ProcessSurroundings.ReasonOf(exception)}");
            return null;
        }
    }

    /// <summary>What names no file may be the secret itself; neither is it part of what is looked at further.</summary>
    private void RefuseUnread(ValueSetting<string> file, string fault)
    {
        if (file.ValueKind.MayShow(sink.Get(file)))
        {
            Refuse(file, fault);
            return;
        }

        _notShown.Add(file);
        problems.AddValue(sink.PathOf(file), "", isSecret: true, fault, "the path of a file that we may read, not the secret itself", sink.PlaceOf(file));
    }

    private void Refuse(ValueSetting<string> file, string fault) =>
        problems.AddValue(sink.PathOf(file), sink.Get(file), isSecret: false, fault, "", sink.PlaceOf(file));

    private bool IsGiven(ValueSetting<string> setting) => sink.Get(setting).Length > 0;

    private string FullPath(ValueSetting<string> setting) => _notShown.Contains(setting) ? "(not shown)" : IsGiven(setting) ? surroundings.FullPath(sink.Get(setting)) : "";
}
