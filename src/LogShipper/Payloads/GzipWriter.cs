using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace LogShipper.Payloads;

/// <summary>
/// Compresses one body after the other, each a gzip file of its own, with the library's compressor at level 1. A new compressor for each body is a
/// tenth of the work: its tables are mapped and cleared anew. The platform has no way to reset one, so this one goes on, and forgets the former body
/// by its window: before a body it is fed as many NULs as it can look back, whose output is thrown away. No text of a document holds a NUL, so
/// nothing in it can refer to them; where one does, that body gets a compressor of its own.
/// The container is RFC 1952's, the last block RFC 1951's empty one.
/// </summary>
internal sealed class GzipWriter : IDisposable
{
    /// <summary>How far a compressor can look back (RFC 1951, 2: 32 KiB).</summary>
    private const int WindowBytes = 32 * 1024;

    private static readonly ZLibCompressionOptions Fastest = new() { CompressionLevel = 1 };
    private static readonly byte[] Forgotten = new byte[WindowBytes];

    private readonly Crc32 _checksum = new();
    private readonly PayloadStream _output = new();
    private DeflateStream _compressor;
    private bool _used;
    private long _length;

    public GzipWriter() => _compressor = NewCompressor();

    /// <summary>No name, no time, fastest algorithm, unknown system.</summary>
    private static ReadOnlySpan<byte> Header => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 0xFF];

    private static ReadOnlySpan<byte> LastBlock => [0x03, 0x00];

    public void Begin(PayloadBuffer body)
    {
        if (_used)
        {
            _output.Target = null;
            _compressor.Write(Forgotten);
            _compressor.Flush();
        }

        _output.Target = body;
        _checksum.Reset();
        _length = 0;
        body.Write(Header);
    }

    public void Write(ReadOnlySpan<byte> text)
    {
        if (_used && _length < WindowBytes && text[..(int)Math.Min(text.Length, WindowBytes - _length)].Contains((byte)0))
        {
            // What came before ends at a byte, and another compressor's blocks may follow it.
            _compressor.Flush();
            var body = _output.Target;
            // Its own last block is not the body's.
            _output.Target = null;
            _compressor.Dispose();
            _output.Target = body;
            _compressor = NewCompressor();
            _used = false;
        }

        _compressor.Write(text);
        _checksum.Append(text);
        _length += text.Length;
    }

    public void End()
    {
        var body = _output.Target!;
        _compressor.Flush();
        _used = true;
        body.Write(LastBlock);
        var trailer = body.GetSpan(2 * sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[sizeof(uint)..], (uint)_length);
        body.Advance(2 * sizeof(uint));
        _output.Target = null;
    }

    public void Dispose()
    {
        _output.Target = null;
        _compressor.Dispose();
    }

    private DeflateStream NewCompressor() => new(_output, Fastest, leaveOpen: true);
}
