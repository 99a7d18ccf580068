namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// Whether what Elasticsearch says of an item is a fault of the document itself. Only then is it a dead letter: any
/// fault of the cluster, of its configuration or of ours can be mended, and the item is sent again until it is.
/// What is not known is therefore no fault of the document.
/// </summary>
internal static class DocumentFault
{
    public static bool Is(string errorType, ReadOnlySpan<char> reason) => errorType switch
    {
        "mapper_parsing_exception" or "document_parsing_exception" or "strict_dynamic_mapping_exception" => true,
        "illegal_argument_exception" => NamesField(reason),
        _ => false,
    };

    /// <summary>An argument that is illegal because of a field's content or type, and not because of a pipeline, an
    /// operation or an index. Names in brackets and quotes are passed over: they are the document's to choose.</summary>
    private static bool NamesField(ReadOnlySpan<char> reason)
    {
        var named = false;
        var depth = 0;
        var quoted = false;
        var start = 0;
        for (var i = 0; i <= reason.Length; i++)
        {
            var letter = i < reason.Length ? reason[i] : ' ';
            if (char.IsAsciiLetter(letter) || letter == '_')
            {
                continue;
            }

            if (depth == 0 && !quoted && i > start)
            {
                switch (reason[start..i])
                {
                    case "field" or "fields" or "mapper" or "mapping" or "mappings":
                        named = true;
                        break;
                    case "pipeline" or "processor" or "Grok" or "path" or "convert" or "op_type" or "alias" or "index" or "indices" or "stream" or "streams":
                        return false;
                }
            }

            depth = letter switch
            {
                '[' => depth + 1,
                ']' => Math.Max(0, depth - 1),
                _ => depth,
            };
            quoted ^= letter == '"';
            start = i + 1;
        }

        return named;
    }
}
