using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Tailing;
using LogShipper.Tests.Parsing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Payloads;

public class JsonTextTests
{
    [Fact]
    public void A_character_between_two_pieces_of_a_long_text_stays_whole()
    {
        for (var lead = 4090; lead <= 4100; lead++)
        {
            var text = "\n" + new string('a', lead) + "🚀é" + new string('b', 5000);
            Assert.Equal(text, Documents.Of(Lines.Parser("combined"), text).At("message"));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xff }, "\uFFFD")]
    [InlineData(new byte[] { 0xc3 }, "\uFFFD")]
    [InlineData(new byte[] { 0xc3, 0xa9 }, "é")]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xf0, 0x9f, 0x9a, 0x80 }, "🚀")]
    [InlineData(new byte[] { 0x00, 0x1f, 0x7f }, "\\u0000\\u001f\\u007f")]
    [InlineData(new byte[] { 0x22, 0x5c, 0x0a, 0x0d, 0x09 }, "\\\"\\\\\\n\\r\\t")]
    public void Bytes_of_any_kind_become_the_inside_of_a_string(byte[] bytes, string expected)
    {
        var destination = new byte[bytes.Length * JsonText.WorstGrowth];
        Assert.Equal(expected, Encoding.UTF8.GetString(destination, 0, JsonText.Write(bytes, destination)));
    }

    [Fact]
    public void What_is_unusual_about_a_record_stands_in_its_flags()
    {
        var parser = Lines.Parser("combined");
        using var batch = Lines.Batch("x", parser);
        using var output = new PayloadBuffer(16);
        var all = RecordFlags.Cut | RecordFlags.Late | RecordFlags.Continuation | RecordFlags.Torn;
        var record = new Record(new RawRecord(0, 42, batch.Bytes, all), batch);
        parser.Parse(ref record);
        new JsonLayout(new LogShipper.Shipping.SinkLog("a", "nginx.access", KeepOriginal: false)).Write(ref record, output);
        var document = Documents.Read(output.WrittenSpan.ToArray());
        Assert.Equal("[\"cut\",\"late\",\"continuation\",\"torn\",\"unparsed\"]", document.At("log.flags"));
        Assert.Equal("42", document.At("log.offset"));
    }

    [Fact]
    public void Every_variable_has_a_bit_of_its_own_and_its_place_in_the_table()
    {
        Assert.True((int)NginxVariable.Count <= 64);
        Assert.Equal((int)NginxVariable.Count, NginxVariables.All.Count);
        Assert.All(NginxVariables.All, (description, index) => Assert.Equal(index, (int)description.Variable));
    }
}
