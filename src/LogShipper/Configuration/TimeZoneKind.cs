using System.Text.Json;

namespace LogShipper.Configuration;

internal sealed class TimeZoneKind : SettingKind<TimeZoneInfo>
{
    public override string Name => "time zone";

    public override string Range => "IANA names";

    public override string Allowed => "UTC or a name of the tz database that this machine knows, such as Europe/Berlin";

    public override bool TryRead(string text, out TimeZoneInfo value, out string fault)
    {
        var isKnown = TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone);
        value = zone ?? TimeZoneInfo.Utc;
        fault = isKnown ? "" : "unknown time zone";
        return isKnown;
    }

    public override string Write(TimeZoneInfo value) => value.Id;

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "string");
        schema.WriteNumber("minLength", 1);
        schema.WriteStrings("examples", "UTC", "Europe/Berlin");
    }
}
