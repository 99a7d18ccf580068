using System.IO.Compression;
using System.Text;
using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

public sealed class GzipLogFileTests
{
    private static readonly string Content = string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i}\n"));

    [Fact]
    public void It_reads_as_the_log_that_it_was_forward_and_backward()
    {
        using var file = GzipLogFile.TryOpen(new MemoryFile(Compress(Content)))!;
        Assert.Equal(Content.Length, file.Length);
        Assert.Equal(Content.Substring(20_000, 100), ReadAt(file, 20_000, 100));
        Assert.Equal(Content[..50], ReadAt(file, 0, 50));
        Assert.Equal(Content[^10..], ReadAt(file, Content.Length - 10, 100));
        Assert.Equal("", ReadAt(file, Content.Length + 5, 10));
    }

    [Fact]
    public void All_members_of_a_file_are_one_content()
    {
        using var file = GzipLogFile.TryOpen(new MemoryFile([.. Compress("one\n"), .. Compress("two\n")]))!;
        Assert.Equal("one\ntwo\n", ReadAt(file, 0, 100));
    }

    [Fact]
    public void What_cannot_be_read_to_its_end_is_not_opened_and_let_go()
    {
        foreach (var bytes in (byte[][])[[.. Compress(Content)[..5000]], "no gzip"u8.ToArray()])
        {
            var compressed = new MemoryFile(bytes);
            if (GzipLogFile.TryOpen(compressed) is { } file)
            {
                // The inflater does not tell a file that ends early from a whole one.
                Assert.True(file.Length < Content.Length);
                file.Dispose();
            }

            Assert.True(compressed.IsDisposed);
        }
    }

    private static string ReadAt(GzipLogFile file, long offset, int length)
    {
        var bytes = new byte[length];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, FileProof.ReadFully(file, bytes, offset)));
    }

    private static byte[] Compress(string text)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return output.ToArray();
    }
}
