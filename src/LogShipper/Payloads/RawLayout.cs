using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>The very bytes of a record, with a newline at the end.</summary>
internal static class RawLayout
{
    public static void Write(in Record record, PayloadBuffer output)
    {
        output.Write(record.Raw.Bytes);
        if (record.Raw.Bytes is not [.., (byte)'\n'])
        {
            output.Write("\n"u8);
        }
    }
}
