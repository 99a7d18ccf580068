using System.Text.Json.Serialization;
using LogShipper.Configuration;
using LogShipper.Diagnostics;

namespace LogShipper.Hosting;

/// <summary>What the page is told, without white space.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HistoryReport))]
[JsonSerializable(typeof(ConfigurationReport))]
internal sealed partial class PageJson : JsonSerializerContext;

/// <summary>The configuration in force.</summary>
internal sealed record ConfigurationReport(IReadOnlyList<SettingInForce> Settings);
