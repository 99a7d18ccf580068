using System.Globalization;
using System.Text;

namespace LogShipper.Benchmarks;

/// <summary>Lines as nginx's image writes them (<c>log_format main</c>), the same for every run and machine: some 230 bytes each.</summary>
internal static class Corpus
{
    private const int LinesPerSecond = 400;

    private static readonly string[] Sections = ["products", "api/v1/orders", "static/js", "images/catalogue", "blog", "search", "account/settings", "api/v1/users"];
    private static readonly string[] Endings = ["", ".html", ".js", ".css", ".png", ".svg", "/details", "/reviews"];
    private static readonly string[] Referrers =
    [
        "-", "-", "https://www.example.com/", "https://shop.example.com/products/overview?sort=price", "https://search.example.org/results?q=shoes+red",
    ];

    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.71 Mobile Safari/537.36",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.5.0",
        "kube-probe/1.31",
    ];

    /// <summary>The corpus as a file in <paramref name="folder"/>, written if it is not there yet.</summary>
    public static string File(string folder, int lines)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"access-{lines}.log");
        if (!System.IO.File.Exists(path))
        {
            Write($"{path}.part", lines);
            System.IO.File.Move($"{path}.part", path);
        }

        return path;
    }

    /// <summary>Writes the lines to <paramref name="path"/>.</summary>
    public static void Write(string path, int lines)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        var random = new Random(20261123);
        var start = new DateTime(2026, 11, 23, 0, 0, 0, DateTimeKind.Utc);
        for (var line = 0; line < lines; line++)
        {
            file.Write(Line(random, start.AddSeconds(line / LinesPerSecond)));
        }
    }

    private static string Line(Random random, DateTime time)
    {
        var address = $"{random.Next(11, 223)}.{random.Next(256)}.{random.Next(256)}.{random.Next(1, 255)}";
        var path = $"/{Sections[random.Next(Sections.Length)]}/{random.Next(5000)}{Endings[random.Next(Endings.Length)]}";
        var query = random.Next(3) == 0 ? $"?page={random.Next(40)}&session={random.Next():x8}" : "";
        var method = random.Next(12) == 0 ? "POST" : "GET";
        var status = random.Next(30) switch { 0 => 404, 1 => 500, 2 => 304, 3 => 301, _ => 200 };
        // One line in fifty has bytes that nginx escapes.
        var agent = random.Next(50) == 0 ? @"Mozilla/5.0 (caf\xC3\xA9 \x22quoted\x22)" : Agents[random.Next(Agents.Length)];
        var user = random.Next(40) == 0 ? "alice" : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{address} - {user} [{time:dd/MMM/yyyy:HH:mm:ss} +0000] \"{method} {path}{query} HTTP/1.1\" {status} {random.Next(40, 250_000)} \"{Referrers[random.Next(Referrers.Length)]}\" \"{agent}\" \"-\"\n");
    }
}
