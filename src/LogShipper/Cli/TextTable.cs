using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary>Aligned columns for people; numbers stand to the right.</summary>
internal sealed class TextTable(params string[] titles)
{
    private readonly List<string[]> _rows = [titles];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(PrintableText.Escape)]);

    public IEnumerable<string> Lines()
    {
        var widths = Enumerable.Range(0, titles.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var isNumber = Enumerable.Range(0, titles.Length).Select(column => _rows.Skip(1).All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]) || row[column] == "-")).ToArray();
        foreach (var row in _rows)
        {
            yield return string.Join("  ", row.Select((cell, column) => isNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
        }
    }
}
