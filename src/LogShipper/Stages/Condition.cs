using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LogShipper.Parsing;

namespace LogShipper.Stages;

/// <summary>
/// Something that a record is or is not, such as <c>status &gt;= 500 and not request ~ "/health"</c>. Immutable, used from
/// several threads at once (each with a <see cref="FieldTable"/> of its own); costs no allocation per record.
/// <list type="bullet">
/// <item>A name is an nginx variable (without the dollar sign, or with it), a part of error.log, a key of a JSON line, an ECS
/// field that one of these feeds, or <c>line</c>. Alone it says: the record has a value for it.</item>
/// <item><c>=</c> and <c>!=</c> compare text, or numbers where both sides are numbers; <c>!=</c> is true of a record without the field.</item>
/// <item><c>&lt; &lt;= &gt; &gt;=</c> compare numbers; of a list of upstreams any one may do. What is no number is neither.</item>
/// <item><c>~</c> says that the text contains the value.</item>
/// <item><c>not</c> binds before <c>and</c>, <c>and</c> before <c>or</c>; parentheses do the rest.</item>
/// </list>
/// <see cref="object.ToString"/> prints it so that it reads back as the same condition.
/// </summary>
internal abstract class Condition
{
    /// <summary>Reads a condition; null, with where and why, if it is none. Never throws.</summary>
    public static Condition? Parse(string text, out string problem) => new ConditionParser(text).Parse(out problem);

    /// <summary>The fields that it asks for.</summary>
    public abstract IEnumerable<ConditionField> Fields { get; }

    /// <summary>Whether it is true of a parsed record.</summary>
    public abstract bool Holds(ref Record record);

    /// <summary>How tightly it binds: in another one that binds tighter it needs parentheses.</summary>
    private protected abstract int Tightness { get; }

    private protected string Within(Condition outer) => Tightness < outer.Tightness ? $"({this})" : ToString()!;

    /// <summary>One of two holds.</summary>
    internal sealed class Either(Condition left, Condition right) : Condition
    {
        private protected override int Tightness => 0;

        public override IEnumerable<ConditionField> Fields => left.Fields.Concat(right.Fields);

        public override bool Holds(ref Record record) => left.Holds(ref record) || right.Holds(ref record);

        public override string ToString() => $"{left.Within(this)} or {right.Within(this)}";
    }

    /// <summary>Both hold.</summary>
    internal sealed class Both(Condition left, Condition right) : Condition
    {
        private protected override int Tightness => 1;

        public override IEnumerable<ConditionField> Fields => left.Fields.Concat(right.Fields);

        public override bool Holds(ref Record record) => left.Holds(ref record) && right.Holds(ref record);

        public override string ToString() => $"{left.Within(this)} and {right.Within(this)}";
    }

    /// <summary>It does not hold.</summary>
    internal sealed class Not(Condition inner) : Condition
    {
        private protected override int Tightness => 2;

        public override IEnumerable<ConditionField> Fields => inner.Fields;

        public override bool Holds(ref Record record) => !inner.Holds(ref record);

        public override string ToString() => $"not {inner.Within(this)}";
    }

    /// <summary>The record has a value for the field.</summary>
    internal sealed class Present(ConditionField field) : Condition
    {
        private protected override int Tightness => 3;

        public override IEnumerable<ConditionField> Fields => [@field];

        public override bool Holds(ref Record record) => field.TryRead(ref record, out _);

        public override string ToString() => field.Name;
    }

    /// <summary>The field contains a text.</summary>
    internal sealed class Contains(ConditionField field, string text) : Condition
    {
        private readonly byte[] _text = Encoding.UTF8.GetBytes(text);

        private protected override int Tightness => 3;

        public override IEnumerable<ConditionField> Fields => [@field];

        public override bool Holds(ref Record record) => field.TryRead(ref record, out var value) && value.IndexOf(_text) >= 0;

        public override string ToString() => $"{field.Name} ~ {Quoted(text)}";
    }

    /// <summary>The field is, or is not, a text or the number that the text is.</summary>
    internal sealed class Equal(ConditionField field, string text, bool isNegated) : Condition
    {
        private readonly byte[] _text = Encoding.UTF8.GetBytes(text);
        private readonly double? _number = NumberOf(Encoding.UTF8.GetBytes(text));

        private protected override int Tightness => 3;

        public override IEnumerable<ConditionField> Fields => [@field];

        public override bool Holds(ref Record record) =>
            (field.TryRead(ref record, out var value) && (value.SequenceEqual(_text) || (_number is { } number && NumberOf(value) == number))) != isNegated;

        public override string ToString() => $"{field.Name} {(isNegated ? "!=" : "=")} {Quoted(text)}";
    }

    /// <summary>The field is a number, or a list with a number, on that side of another.</summary>
    internal sealed class Order(ConditionField field, string comparison, double number) : Condition
    {
        private readonly bool _isLess = comparison[0] == '<';
        private readonly bool _isInclusive = comparison.Length == 2;

        private protected override int Tightness => 3;

        public override IEnumerable<ConditionField> Fields => [@field];

        public override bool Holds(ref Record record)
        {
            if (!field.TryRead(ref record, out var value))
            {
                return false;
            }

            if (!field.IsList)
            {
                return Does(value);
            }

            // nginx separates the servers that were tried by commas, and those of an internal redirect by colons.
            foreach (var range in value.SplitAny(",:"u8))
            {
                if (Does(value[range].Trim((byte)' ')))
                {
                    return true;
                }
            }

            return false;
        }

        public override string ToString() => $"{field.Name} {comparison} {number.ToString("R", CultureInfo.InvariantCulture)}";

        private bool Does(ReadOnlySpan<byte> value) =>
            NumberOf(value) is { } found && ((_isLess ? found < number : found > number) || (_isInclusive && found == number));
    }

    /// <summary>The number that a text is from its beginning to its end; null: it is none.</summary>
    internal static double? NumberOf(ReadOnlySpan<byte> text) =>
        text is [(>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'.', ..] && Utf8Parser.TryParse(text, out double number, out var used) && used == text.Length && double.IsFinite(number)
            ? number
            : null;

    private static string Quoted(string text)
    {
        if (text.Length > 0 && text.All(ConditionParser.IsWordCharacter) && !ConditionParser.IsKeyword(text))
        {
            return text;
        }

        return $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
