using System.Globalization;
using System.Text;
using LogShipper.Cli;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class ExposureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ApiKey")]
    [InlineData("BearerToken")]
    [InlineData("Password")]
    public void A_secret_among_the_arguments_is_worth_a_note_that_does_not_repeat_it(string name)
    {
        var loaded = new FakeSurroundings().Load(null, "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=https://es", "Sinks:es:Username=u", $"Sinks:es:{name}=hunter2");
        var note = Assert.Single(loaded.Notes).ToString();
        Assert.Contains($"{name}: is an argument of the process, which everybody on this machine can read; set {name}File instead", note, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_in_the_file_or_the_environment_is_not()
    {
        var surroundings = new FakeSurroundings();
        surroundings.Variables["LogShipper__Sinks__es__ApiKey"] = "hunter2";
        Assert.Empty(surroundings.Load("""{"LogShipper":{"Sinks":{"es":{"Type":"elasticsearch","Nodes":["https://es"]}}}}""").Notes);
    }

    [Fact]
    public void A_configuration_or_secret_without_end_is_not_read()
    {
        File.WriteAllBytes(_folder["large"], new byte[ProcessSurroundings.LargestFile]);
        Assert.Equal(ProcessSurroundings.LargestFile, new ProcessSurroundings().ReadFile(_folder["large"]).Length);
        File.AppendAllText(_folder["large"], "x");
        Assert.Throws<IOException>(() => new ProcessSurroundings().ReadFile(_folder["large"]));
        Assert.Throws<IOException>(() => new ProcessSurroundings().ReadFile("/dev/zero"));
    }

    [Fact]
    public void A_configuration_is_read_through_a_link_as_Kubernetes_has_it()
    {
        File.WriteAllText(_folder["target"], "{}");
        File.CreateSymbolicLink(_folder["config.json"], "target");
        Assert.Equal("{}"u8.ToArray(), new ProcessSurroundings().ReadFile(_folder["config.json"]));
    }

    [Fact]
    public void Trying_whether_a_directory_can_be_written_does_not_write_through_a_link()
    {
        File.WriteAllText(_folder["victim"], "untouched");
        Directory.CreateDirectory(_folder["state"]);
        File.CreateSymbolicLink(_folder[$"state/.probe-{Environment.ProcessId}"], _folder["victim"]);
        Assert.Null(new ProcessSurroundings().WritableDirectoryFault(_folder["state"]));
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["state"]));
    }

    [Fact]
    public void A_state_directory_that_others_may_write_is_worth_a_warning_and_one_of_ours_alone_is_not()
    {
        Directory.CreateDirectory(_folder["state"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Empty(StateDirectoryCheck.WarningsOf(_folder["state"]));
        File.SetUnixFileMode(_folder["state"], (UnixFileMode)0x1FF);
        Assert.Contains("everybody may write", Assert.Single(StateDirectoryCheck.WarningsOf(_folder["state"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u001b[2J", "\\u001b[2J")]
    [InlineData("\u009b2J", "\\u009b2J")]
    [InlineData("a\r\nb\tc\0\u007f", "a\\u000d\\u000ab\\u0009c\\u0000\\u007f")]
    [InlineData("\u202egnp.exe\u202c", "\\u202egnp.exe\\u202c")]
    [InlineData("\u2066\u2069\u200e\u200f\u061c\u2028", "\\u2066\\u2069\\u200e\\u200f\\u061c\\u2028")]
    [InlineData("käse €", "käse €")]
    [InlineData("a\U000e0001\U000e0041b", "a\\udb40\\udc01\\udb40\\udc41b")]
    [InlineData("a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh", "a\\u200bb\\u200cc\\u200dd\\u2060e\\ufefff\\u00adg\\u180eh")]
    [InlineData("\ue000\U000f0000\U00100000", "\\ue000\\udb80\\udc00\\udbc0\\udc00")]
    [InlineData("\u2029\ufff9x\ufffb\U0001d173", "\\u2029\\ufff9x\\ufffb\\ud834\\udd73")]
    public void What_a_terminal_obeys_or_does_not_show_is_escaped(string text, string shown) => Assert.Equal(shown, PrintableText.Escape(text));

    [Fact]
    public void Half_a_character_is_escaped_as_what_JSON_can_carry()
    {
        Assert.Equal("a\\ufffdb", PrintableText.Escape("a\ud83db"));
        Assert.Equal("\\ufffd\\ufffd", PrintableText.Escape("\ude00\ud83d"));
    }

    [Fact]
    public void A_long_value_is_not_cut_within_a_character() =>
        Assert.Equal($"\"{new string('x', 119)}…\" (123 characters)", PrintableText.Quote($"{new string('x', 119)}🙂xx"));

    [Theory]
    [InlineData("Привет, мир")]
    [InlineData("日本語 中文 한국어 𠀀𪜀")]
    [InlineData("שלום עולם")]
    [InlineData("سلام \u0601\u06dd\u0628\u0650")]
    [InlineData("नमस्ते ไทย ខ្មែរ தமிழ்")]
    [InlineData("🙂 👍🏽 🏳\ufe0f e\u0301 \ufffd")]
    public void Text_of_all_languages_is_shown_as_it_is(string text) => Assert.Same(text, PrintableText.Escape(text));

    [Fact]
    public void Of_every_category_that_is_not_shown_every_character_is_escaped()
    {
        for (var point = 0; point <= 0x10ffff; point++)
        {
            if (Rune.TryCreate(point, out var rune) && !IsSeenThoughFormat(point))
            {
                var isEscaped = PrintableText.Escape(rune.ToString()) != rune.ToString();
                var category = Rune.GetUnicodeCategory(rune);
                Assert.True(isEscaped == (category is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator), $"U+{point:X4}");
            }
        }
    }

    /// <summary>Signs of Arabic, Syriac and Kaithi that are put before numbers: format, to Unicode, and to be seen.</summary>
    private static bool IsSeenThoughFormat(int point) =>
        point is (>= 0x0600 and <= 0x0605) or 0x06dd or 0x070f or 0x0890 or 0x0891 or 0x08e2 or 0x110bd or 0x110cd;
}
