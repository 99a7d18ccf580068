using System.Text;

namespace LogShipper.Cli;

/// <summary>Draws pictures over each other on a terminal, cut to its size; elsewhere one after the other.</summary>
internal sealed class TopScreen(TextWriter output, Func<(int Columns, int Rows)?> size)
{
    private bool _isDrawn;

    public async Task DrawAsync(IEnumerable<string> lines)
    {
        if (size() is not { } screen)
        {
            await output.WriteAsync($"{(_isDrawn ? "\n" : "")}{string.Join('\n', lines)}\n");
            _isDrawn = true;
            await output.FlushAsync();
            return;
        }

        // One write, line by line over the old picture: nothing flickers. A size that is not known cuts nothing.
        var (columns, rows) = (screen.Columns > 0 ? screen.Columns : int.MaxValue, screen.Rows > 1 ? screen.Rows - 1 : int.MaxValue);
        var picture = new StringBuilder(_isDrawn ? "\e[H" : "\e[?1049h\e[?25l\e[H");
        foreach (var line in lines.Take(rows))
        {
            picture.Append(line.AsSpan(0, Math.Min(columns, line.Length))).Append("\e[K\n");
        }

        picture.Append("\e[J");
        _isDrawn = true;
        await output.WriteAsync(picture.ToString());
        await output.FlushAsync();
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public async Task LeaveAsync()
    {
        if (_isDrawn && size() is not null)
        {
            await output.WriteAsync("\e[?25h\e[?1049l");
            await output.FlushAsync();
        }
    }
}
