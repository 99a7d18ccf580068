using System.Globalization;
using System.Net;
using System.Text.Json;

namespace LogShipper.Configuration;

/// <summary>What a setting's text may be, how it is read, and how it is written back.</summary>
internal abstract class SettingKind<T>
{
    /// <summary>What the documentation calls it: <c>duration</c>, <c>size</c> …</summary>
    public abstract string Name { get; }

    /// <summary>The range or the choices, short, for the documentation; empty when all is allowed.</summary>
    public abstract string Range { get; }

    /// <summary>What is allowed, for messages.</summary>
    public abstract string Allowed { get; }

    /// <summary>Reads it; <paramref name="fault"/> says in a few words why it is refused.</summary>
    public abstract bool TryRead(string text, out T value, out string fault);

    /// <summary>Whether a message may quote a text that is refused: what stands before an @ of a URL is nobody's to see.</summary>
    public virtual bool MayShow(string text) => !(text.Contains('@') && text.Contains('/'));

    public abstract string Write(T value);

    /// <summary>The value as JSON shows it.</summary>
    public virtual void WriteJson(Utf8JsonWriter json, T value) => json.WriteStringValue(Write(value));

    /// <summary>What a JSON schema can say of it: the members of an object that has been begun. Ranges of what is written as text are not among it.</summary>
    public abstract void WriteSchema(Utf8JsonWriter schema);
}

internal sealed class DurationKind(TimeSpan least, TimeSpan most) : SettingKind<TimeSpan>
{
    public override string Name => "duration";

    public override string Range => $"{Duration.Format(least)} to {Duration.Format(most)}";

    public override string Allowed => $"{Range}, as {Duration.Forms}";

    public override bool TryRead(string text, out TimeSpan value, out string fault)
    {
        if (!Duration.TryParse(text, out value, out fault))
        {
            return false;
        }

        fault = value < least ? "too short" : value > most ? "too long" : "";
        return fault.Length == 0;
    }

    public override string Write(TimeSpan value) => Duration.Format(value);

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "string");
        schema.WriteString("pattern", Duration.Pattern);
        schema.WriteStrings("examples", "500ms", "30s", "1m", "00:00:30");
    }
}

internal sealed class SizeKind(long least, long most) : SettingKind<long>
{
    public override string Name => "size";

    public override string Range => $"{ByteSize.Format(least)} to {ByteSize.Format(most)}";

    public override string Allowed => $"{Range}, as {ByteSize.Forms}";

    public override bool TryRead(string text, out long value, out string fault)
    {
        if (!ByteSize.TryParse(text, out value, out fault))
        {
            return false;
        }

        fault = value < least ? "too small" : value > most ? "too large" : "";
        return fault.Length == 0;
    }

    public override string Write(long value) => ByteSize.Format(value);

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteStrings("type", "string", "integer");
        schema.WriteString("pattern", ByteSize.Pattern);
        schema.WriteNumber("minimum", least);
        schema.WriteNumber("maximum", most);
        schema.WriteStrings("examples", ByteSize.Format(least), "1MiB");
    }
}

internal sealed class IntegerKind(int least, int most) : SettingKind<int>
{
    public override string Name => "integer";

    public override string Range => $"{least} to {most}";

    public override string Allowed => $"a whole number, {Range}";

    public override bool TryRead(string text, out int value, out string fault)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            value = 0;
            fault = "not a whole number";
            return false;
        }

        fault = number < least ? "too small" : number > most ? "too large" : "";
        value = fault.Length == 0 ? (int)number : 0;
        return fault.Length == 0;
    }

    public override string Write(int value) => value.ToString(CultureInfo.InvariantCulture);

    public override void WriteJson(Utf8JsonWriter json, int value) => json.WriteNumberValue(value);

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteStrings("type", "integer", "string");
        schema.WriteNumber("minimum", least);
        schema.WriteNumber("maximum", most);
        schema.WriteString("pattern", "^[+-]?[0-9]+$");
    }
}

internal sealed class BooleanKind : SettingKind<bool>
{
    public override string Name => "boolean";

    public override string Range => "true, false";

    public override string Allowed => "true or false";

    public override bool TryRead(string text, out bool value, out string fault)
    {
        value = text.Equals("true", StringComparison.OrdinalIgnoreCase);
        var isBoolean = value || text.Equals("false", StringComparison.OrdinalIgnoreCase);
        fault = isBoolean ? "" : "not true or false";
        return isBoolean;
    }

    public override string Write(bool value) => value ? "true" : "false";

    public override void WriteJson(Utf8JsonWriter json, bool value) => json.WriteBooleanValue(value);

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteStartArray("enum");
        schema.WriteBooleanValue(true);
        schema.WriteBooleanValue(false);
        schema.WriteStringValue("true");
        schema.WriteStringValue("false");
        schema.WriteEndArray();
    }
}

/// <summary>One of a few words, in any case.</summary>
internal sealed class ChoiceKind<T>(params (string Word, T Value)[] choices) : SettingKind<T>
    where T : struct
{
    public override string Name => "choice";

    public override string Range => string.Join(", ", choices.Select(choice => choice.Word));

    public override string Allowed => Range;

    public override bool TryRead(string text, out T value, out string fault)
    {
        foreach (var (word, choice) in choices)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                value = choice;
                fault = "";
                return true;
            }
        }

        value = default;
        fault = Spelling.Nearest(text, choices.Select(choice => choice.Word)) is { } nearest ? $"unknown, did you mean {nearest}?" : "unknown";
        return false;
    }

    public override string Write(T value) => choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word;

    public override void WriteSchema(Utf8JsonWriter schema) => schema.WriteStrings("enum", [.. choices.Select(choice => choice.Word)]);
}

/// <summary>Any text without control characters.</summary>
/// <param name="name">What the documentation calls it.</param>
/// <param name="mayBeEmpty">Whether nothing is a value.</param>
/// <param name="range">What is allowed; empty when anything is.</param>
/// <param name="faultOf">What is wrong with a text; null: nothing.</param>
/// <param name="mayHaveBreaks">Whether tabs and line breaks may stand in it.</param>
/// <param name="mayHoldSecret">Whether people type a secret there that belongs elsewhere: what is refused is never quoted.</param>
/// <param name="pattern">What of this a regular expression can say, for the schema; null: no control characters.</param>
/// <param name="examples">For the schema: what an editor offers.</param>
internal sealed class TextKind(
    string name = "text", bool mayBeEmpty = true, string range = "", Func<string, string?>? faultOf = null, bool mayHaveBreaks = false, bool mayHoldSecret = false, string? pattern = null, params string[] examples)
    : SettingKind<string>
{
    private const int Longest = 4096;
    private const string NoControls = @"^[^\u0000-\u001f\u007f]*$";
    private const string NoControlsButBreaks = @"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$";

    public override string Name => name;

    public override string Range => range;

    public override bool MayShow(string text) => !mayHoldSecret && base.MayShow(text);

    public override string Allowed => range.Length > 0 ? range : $"a {name}{(mayBeEmpty ? "" : " that is not empty")}";

    public override bool TryRead(string text, out string value, out string fault)
    {
        value = text;
        fault = text switch
        {
            "" => mayBeEmpty ? "" : "empty",
            { Length: > Longest } => $"longer than {Longest} characters",
            _ when text.Any(IsRefused) => "contains control characters",
            _ => faultOf?.Invoke(text) ?? "",
        };
        return fault.Length == 0;
    }

    public override string Write(string value) => value;

    private bool IsRefused(char character) =>
        character is < ' ' or '\x7f' && !(mayHaveBreaks && (character is '\t' or '\r' or '\n'));

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "string");
        if (!mayBeEmpty)
        {
            schema.WriteNumber("minLength", 1);
        }

        schema.WriteNumber("maxLength", Longest);
        schema.WriteString("pattern", pattern ?? (mayHaveBreaks ? NoControlsButBreaks : NoControls));
        if (examples.Length > 0)
        {
            schema.WriteStrings("examples", examples);
        }
    }
}

internal sealed class AddressKind : SettingKind<IPAddress>
{
    public override string Name => "IP address";

    public override string Range => "IPv4, IPv6";

    public override string Allowed => "an IPv4 or IPv6 address, such as 0.0.0.0, 127.0.0.1 or ::";

    public override bool TryRead(string text, out IPAddress value, out string fault)
    {
        // The library also takes 1 for 0.0.0.1, and 010 as octal.
        var isAddress = IPAddress.TryParse(text, out var address) && (text.Contains(':') || text == address.ToString());
        value = isAddress ? address! : IPAddress.None;
        fault = isAddress ? "" : "not an IP address";
        return isAddress;
    }

    public override string Write(IPAddress value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "string");
        schema.WriteString("pattern", "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[0-9A-Za-z]+)?)$");
        schema.WriteStrings("examples", "0.0.0.0", "127.0.0.1", "::");
    }
}

/// <summary>The base address of a node.</summary>
internal sealed class NodeKind : SettingKind<Uri>
{
    public override string Name => "URL";

    public override string Range => "http, https";

    /// <summary>A password may stand before an @, also where the scheme was forgotten, and a key in a query or a fragment.</summary>
    public override bool MayShow(string text) => !text.AsSpan().ContainsAny('@', '?', '#');

    public override string Allowed => "an absolute http or https URL, such as https://es:9200, without user, password, query and fragment";

    public override bool TryRead(string text, out Uri value, out string fault)
    {
        var isAbsolute = Uri.TryCreate(text, UriKind.Absolute, out var node);
        fault = node switch
        {
            null => "not an absolute URL",
            _ when !isAbsolute || node.Scheme is not ("http" or "https") => "not an http or https URL",
            { UserInfo.Length: > 0 } => "contains a user or password, which belong into Username and Password",
            { Host.Length: 0 } => "has no host",
            { Query.Length: > 0 } or { Fragment.Length: > 0 } => "has a query or a fragment",
            _ => "",
        };
        value = node ?? new Uri("http://invalid");
        return fault.Length == 0;
    }

    public override string Write(Uri value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "string");
        schema.WriteString("format", "uri");
        schema.WriteString("pattern", "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+(/[^?#]*)?$");
        schema.WriteStrings("examples", "https://es:9200");
    }
}
