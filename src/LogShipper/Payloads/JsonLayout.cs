using LogShipper.Parsing;
using LogShipper.Shipping;

namespace LogShipper.Payloads;

/// <summary>One ECS document, without a newline.</summary>
internal sealed class JsonLayout
{
    public JsonLayout(SinkLog log) => _ = log;

    /// <summary>Appends the record's document.</summary>
    public void Write(ref Record record, PayloadBuffer output) => throw new NotSupportedException();
}
