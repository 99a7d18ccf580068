namespace LogShipper.Diagnostics;

/// <summary>What the documentation says of one instrument.</summary>
/// <param name="Name">Its OpenTelemetry name.</param>
/// <param name="Kind"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
/// <param name="Unit">Its unit (UCUM).</param>
/// <param name="Labels">The labels that its series can have.</param>
/// <param name="Meaning">What it measures.</param>
internal sealed record InstrumentNote(string Name, string Kind, string Unit, string[] Labels, string Meaning)
{
    /// <summary>Its name in Prometheus' text.</summary>
    public string PrometheusName
    {
        get
        {
            var name = Name.Replace('.', '_');
            var unit = Unit switch { "By" => "_bytes", "s" => "_seconds", _ => "" };
            if (unit.Length > 0 && !name.EndsWith(unit, StringComparison.Ordinal))
            {
                name += unit;
            }

            return Kind == "counter" ? $"{name}_total" : name;
        }
    }
}
