using System.Globalization;

namespace LogShipper.Configuration;

/// <summary>Numbers as sentences have them.</summary>
internal static class Words
{
    /// <summary><c>1 lane</c>, <c>1,200 lanes</c>.</summary>
    public static string Count(long number, string noun) => $"{Number(number)} {noun}{(number == 1 ? "" : "s")}";

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
