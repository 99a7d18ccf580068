using System.Globalization;
using System.Text;
using LogShipper.Configuration;

namespace LogShipper.Stages;

/// <summary>Reads the text of a <see cref="Condition"/>, from left to right.</summary>
internal sealed class ConditionParser(string text)
{
    /// <summary>A longer text is no condition that anybody wrote.</summary>
    public const int LongestText = 4096;

    /// <summary>Parentheses and <c>not</c>s inside each other: each costs stack.</summary>
    private const int DeepestNesting = 64;

    private int _at;
    private int _depth;
    private string? _problem;
    private int _problemAt;

    public static bool IsWordCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-' or '$' or '@' or '/' or ':' or '%' or '*' or '+';

    public static bool IsKeyword(string word) => word is "and" or "or" or "not";

    public Condition? Parse(out string problem)
    {
        problem = "";
        if (text.Length > LongestText)
        {
            problem = $"longer than {LongestText} characters";
            return null;
        }

        var condition = ParseEither();
        if (condition is not null && _problem is null)
        {
            SkipSpace();
            if (_at == text.Length)
            {
                return condition;
            }

            Fail(_at, text[_at] == ')' ? "a parenthesis is closed that was not opened" : "expected and, or, or the end");
        }

        problem = $"at {_problemAt + 1}: {_problem}{Shown()}";
        return null;
    }

    private Condition? ParseEither()
    {
        var condition = ParseBoth();
        while (condition is not null && TryTakeWord("or"))
        {
            condition = ParseBoth() is { } right ? new Condition.Either(condition, right) : null;
        }

        return condition;
    }

    private Condition? ParseBoth()
    {
        var condition = ParseNot();
        while (condition is not null && TryTakeWord("and"))
        {
            condition = ParseNot() is { } right ? new Condition.Both(condition, right) : null;
        }

        return condition;
    }

    private Condition? ParseNot()
    {
        SkipSpace();
        if (_depth == DeepestNesting)
        {
            return Fail(_at, $"nested deeper than {DeepestNesting}");
        }

        _depth++;
        var condition = TryTakeWord("not") ? ParseNot() is { } inner ? new Condition.Not(inner) : null
            : TryTake('(') ? ParseParenthesis()
            : ParseComparison();
        _depth--;
        return condition;
    }

    private Condition? ParseParenthesis()
    {
        var opened = _at - 1;
        if (ParseEither() is not { } inner)
        {
            return null;
        }

        return TryTake(')') ? inner : Fail(_at < text.Length ? _at : opened, _at < text.Length ? "expected and, or, or )" : "this parenthesis is not closed");
    }

    private Condition? ParseComparison()
    {
        SkipSpace();
        var start = _at;
        if (TakeWord() is not { Length: > 0 } name)
        {
            return Fail(start, start == text.Length ? "expected the name of a field" : $"expected the name of a field, not {PrintableText.Quote(text[start].ToString())}");
        }

        if (IsKeyword(name))
        {
            return Fail(start, $"expected the name of a field before {name}");
        }

        if (ConditionField.Find(name, out var problem) is not { } field)
        {
            return Fail(start, problem);
        }

        SkipSpace();
        var comparison = TakeComparison();
        if (comparison.Length == 0)
        {
            return new Condition.Present(field);
        }

        SkipSpace();
        var valueAt = _at;
        if (TakeValue() is not { } value)
        {
            return _problem is null ? Fail(valueAt, $"expected a value after {comparison}") : null;
        }

        return comparison switch
        {
            "~" => new Condition.Contains(field, value),
            "=" or "==" => new Condition.Equal(field, value, isNegated: false),
            "!=" => new Condition.Equal(field, value, isNegated: true),
            _ => Condition.NumberOf(Encoding.UTF8.GetBytes(value)) is { } number
                ? new Condition.Order(field, comparison, number)
                : Fail(valueAt, $"{comparison} compares numbers, and {PrintableText.Quote(value)} is none"),
        };
    }

    private string TakeComparison()
    {
        foreach (var comparison in (ReadOnlySpan<string>)["<=", ">=", "!=", "==", "<", ">", "=", "~"])
        {
            if (text.AsSpan(_at).StartsWith(comparison, StringComparison.Ordinal))
            {
                _at += comparison.Length;
                return comparison;
            }
        }

        return "";
    }

    private string? TakeValue()
    {
        if (_at == text.Length || text[_at] is not ('"' or '\''))
        {
            return TakeWord() is { Length: > 0 } word ? word : null;
        }

        var opened = _at;
        var quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            var character = text[_at++];
            if (character == quote)
            {
                return value.ToString();
            }

            if (character == '\\' && _at < text.Length && (text[_at] is '\\' || text[_at] == quote))
            {
                character = text[_at++];
            }

            value.Append(character);
        }

        Fail(opened, "this quotation mark is not closed");
        return null;
    }

    private string TakeWord()
    {
        var start = _at;
        while (_at < text.Length && IsWordCharacter(text[_at]))
        {
            _at++;
        }

        return text[start.._at];
    }

    private bool TryTakeWord(string word)
    {
        SkipSpace();
        var end = _at + word.Length;
        if (!text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal) || (end < text.Length && IsWordCharacter(text[end])))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private bool TryTake(char character)
    {
        SkipSpace();
        if (_at == text.Length || text[_at] != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }

    private Condition? Fail(int at, string problem)
    {
        _problem ??= problem;
        _problemAt = at;
        return null;
    }

    /// <summary>The text up to the place and after it, with the place marked.</summary>
    private string Shown() => string.Create(
        CultureInfo.InvariantCulture,
        $" (in {PrintableText.Escape(text[..Math.Min(_problemAt, text.Length)])}»{PrintableText.Escape(text[Math.Min(_problemAt, text.Length)..])})");
}
