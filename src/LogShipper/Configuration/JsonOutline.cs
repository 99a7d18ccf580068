using System.Globalization;
using System.Text.Json;

namespace LogShipper.Configuration;

/// <summary>
/// Where each key of a JSON file stands and how its value is written: what the configuration library forgets, and what
/// a message about a mistake needs.
/// </summary>
internal sealed class JsonOutline
{
    private readonly Dictionary<string, Writing> _writings = new(StringComparer.OrdinalIgnoreCase);

    private JsonOutline()
    {
    }

    public Writing Find(string path) => _writings.GetValueOrDefault(path);

    /// <summary>Walks the file; keys that stand there twice, in whatever case, become problems.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonOutline Read(ReadOnlySpan<byte> json, string file, ProblemList problems)
    {
        var outline = new JsonOutline();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var levels = new Stack<Level>();
        var key = "";
        var line = 1;
        long counted = 0;
        while (reader.Read())
        {
            line += json[(int)counted..(int)reader.TokenStartIndex].Count((byte)'\n');
            counted = reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    key = reader.GetString() ?? "";
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    levels.Pop();
                    break;
                default:
                    var path = "";
                    if (levels.TryPeek(out var level))
                    {
                        path = level.Path + (level.IsList ? level.Next++.ToString(CultureInfo.InvariantCulture) : key);
                        outline.Add(path, reader.TokenType, file, line, problems);
                    }

                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    {
                        levels.Push(new Level(levels.Count == 0 ? "" : path + ":", reader.TokenType == JsonTokenType.StartArray));
                    }

                    break;
            }
        }

        return outline;
    }

    private void Add(string path, JsonTokenType token, string file, int line, ProblemList problems)
    {
        var writtenAs = token switch
        {
            JsonTokenType.StartObject => WrittenAs.Object,
            JsonTokenType.StartArray => WrittenAs.List,
            JsonTokenType.Null => WrittenAs.Null,
            _ => WrittenAs.Text,
        };
        if (!_writings.TryAdd(path, new Writing($"{file} line {line}", writtenAs)))
        {
            problems.Add(path, $"stands twice, first in {_writings[path].Place}; upper and lower case are the same", $"{file} line {line}");
        }
    }

    private sealed class Level(string path, bool isList)
    {
        public string Path { get; } = path;

        public bool IsList { get; } = isList;

        public int Next { get; set; }
    }
}
