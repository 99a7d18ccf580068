using System.Text.Unicode;

namespace LogShipper.Parsing;

/// <summary>
/// A line that is one JSON object, as <c>escape=json</c> templates write it. nginx leaves a missing value empty, passes
/// bytes from 0x80 on as they are and does not know which values stand unquoted in the template, so this is more tolerant
/// than JSON: a value without quotes is whatever stands before the comma that a next key follows (<c>"us":502, 200,"k":</c>).
/// Nested objects and arrays are values as a whole.
/// </summary>
internal sealed class JsonLineParser : IRecordFormat
{
    public static readonly JsonLineParser Instance = new();

    private const int LongestKey = 128;

    private JsonLineParser()
    {
    }

    public bool TryParse(ReadOnlySpan<byte> content, FieldTable fields)
    {
        var at = SkipSpace(content, 0);
        if (at == content.Length || content[at] != (byte)'{')
        {
            return false;
        }

        at = SkipSpace(content, at + 1);
        if (at < content.Length && content[at] == (byte)'}')
        {
            return SkipSpace(content, at + 1) == content.Length;
        }

        while (at < content.Length && content[at] == (byte)'"')
        {
            var keyStart = at + 1;
            var keyEnd = FindStringEnd(content, keyStart);
            if (keyEnd < 0)
            {
                return false;
            }

            at = SkipSpace(content, keyEnd + 1);
            if (at == content.Length || content[at] != (byte)':')
            {
                return false;
            }

            at = SkipSpace(content, at + 1);
            if (!TryValue(content, ref at, out var start, out var length, out var encoding, out var quoted))
            {
                return false;
            }

            if (!AddField(content, keyStart, keyEnd - keyStart, start, length, encoding, quoted, fields))
            {
                return false;
            }

            at = SkipSpace(content, at);
            if (at == content.Length)
            {
                return false;
            }

            if (content[at] == (byte)'}')
            {
                return SkipSpace(content, at + 1) == content.Length;
            }

            if (content[at] != (byte)',')
            {
                return false;
            }

            at = SkipSpace(content, at + 1);
        }

        return false;
    }

    private static bool AddField(ReadOnlySpan<byte> content, int keyStart, int keyLength, int start, int length, FieldEncoding encoding, bool quoted, FieldTable fields)
    {
        // A key that is no plain text could not be told from another one: such a line is nothing that nginx wrote.
        var key = content.Slice(keyStart, keyLength);
        if (key.Length is 0 or > LongestKey || key.Contains((byte)'\\') || !Utf8.IsValid(key))
        {
            return false;
        }

        var value = content.Slice(start, length);
        var missing = value.IsEmpty || (!quoted && (value is [(byte)'-'] || value.SequenceEqual("null"u8)));
        var variable = NginxVariables.FindKey(key);
        var repeated = variable == NginxVariable.Other ? IsTaken(key, content, fields) : fields.IndexOf(variable) >= 0;
        if (repeated)
        {
            variable = NginxVariable.Other;
        }

        return fields.TryAdd(new FieldSlice(variable, encoding, missing, repeated, start, length, keyStart, keyLength));
    }

    private static bool IsTaken(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, FieldTable fields)
    {
        for (var index = 0; index < fields.Count; index++)
        {
            ref readonly var earlier = ref fields[index];
            if (earlier.Variable == NginxVariable.Other && earlier.NameLength == key.Length &&
                NginxVariables.AreSameName(key, content.Slice(earlier.NameStart, earlier.NameLength)))
            {
                return true;
            }
        }

        return NginxVariables.IsReserved(key);
    }

    private static bool TryValue(ReadOnlySpan<byte> content, ref int at, out int start, out int length, out FieldEncoding encoding, out bool quoted)
    {
        start = at;
        length = 0;
        encoding = FieldEncoding.Raw;
        quoted = false;
        if (at == content.Length)
        {
            return false;
        }

        int end;
        switch (content[at])
        {
            case (byte)'"':
                quoted = true;
                start = at + 1;
                end = FindStringEnd(content, start);
                if (end < 0)
                {
                    return false;
                }

                at = end + 1;
                length = end - start;
                encoding = content.Slice(start, length).Contains((byte)'\\') ? FieldEncoding.JsonEscapes : FieldEncoding.Raw;
                return true;
            case (byte)'{' or (byte)'[':
                end = FindNestedEnd(content, at);
                if (end < 0)
                {
                    return false;
                }

                length = end - at;
                at = end;
                return true;
            default:
                end = FindBareEnd(content, at);
                if (end < 0)
                {
                    return false;
                }

                length = content[at..end].TrimEnd((byte)' ').Length;
                at = end;
                return true;
        }
    }

    /// <summary>A value without quotes ends before the closing brace, or before a comma that a key in quotes follows.</summary>
    private static int FindBareEnd(ReadOnlySpan<byte> content, int from)
    {
        for (var at = from; at < content.Length; at++)
        {
            var found = content[at..].IndexOfAny((byte)',', (byte)'}', (byte)'"');
            if (found < 0)
            {
                return -1;
            }

            at += found;
            switch (content[at])
            {
                case (byte)'}':
                    return at;
                case (byte)'"':
                    return -1;
                default:
                    var next = SkipSpace(content, at + 1);
                    if (next < content.Length && content[next] == (byte)'"')
                    {
                        return at;
                    }

                    break;
            }
        }

        return -1;
    }

    private static int FindNestedEnd(ReadOnlySpan<byte> content, int from)
    {
        var depth = 0;
        for (var at = from; at < content.Length; at++)
        {
            switch (content[at])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    if (--depth == 0)
                    {
                        return at + 1;
                    }

                    break;
                case (byte)'"':
                    at = FindStringEnd(content, at + 1);
                    if (at < 0)
                    {
                        return -1;
                    }

                    break;
            }
        }

        return -1;
    }

    private static int FindStringEnd(ReadOnlySpan<byte> content, int from)
    {
        while (from <= content.Length)
        {
            var index = content[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (index < 0)
            {
                return -1;
            }

            if (content[from + index] == (byte)'"')
            {
                return from + index;
            }

            from += index + 2;
        }

        return -1;
    }

    private static int SkipSpace(ReadOnlySpan<byte> content, int from)
    {
        while (from < content.Length && content[from] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            from++;
        }

        return from;
    }
}
