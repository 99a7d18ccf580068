using System.IO.Compression;

namespace LogShipper.Tailing;

/// <summary>
/// A compressed rotated file, read as the log that it was. Reading forward streams; reading backward starts over.
/// Multi-member files are read whole. Holds one inflater and no content.
/// </summary>
internal sealed class GzipLogFile : ILogFile
{
    private readonly ILogFile _compressed;
    private GZipStream _stream;
    private long _position;

    private GzipLogFile(ILogFile compressed)
    {
        _compressed = compressed;
        _stream = Start();
    }

    public FileIdentity Identity => _compressed.Identity;

    public long Length { get; private set; }

    /// <summary>Opens it if it can be read to its end; otherwise null, and <paramref name="compressed"/> is disposed.</summary>
    public static GzipLogFile? TryOpen(ILogFile compressed)
    {
        var file = new GzipLogFile(compressed);
        try
        {
            Span<byte> scratch = stackalloc byte[4096];
            while (file._stream.Read(scratch) is > 0 and var read)
            {
                file._position += read;
            }

            file.Length = file._position;
            return file;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            // Not gzip, or still being written: tried again when it has changed.
            file.Dispose();
            return null;
        }
        catch (IOException)
        {
            // The disk failed, which says nothing about what it holds.
            file.Dispose();
            throw;
        }
    }

    public int Read(Span<byte> destination, long offset)
    {
        if (offset < _position)
        {
            _stream.Dispose();
            _stream = Start();
            _position = 0;
        }

        try
        {
            Span<byte> scratch = stackalloc byte[4096];
            while (_position < offset)
            {
                var skipped = _stream.Read(scratch[..(int)Math.Min(scratch.Length, offset - _position)]);
                if (skipped == 0)
                {
                    return 0;
                }

                _position += skipped;
            }

            var read = _stream.Read(destination);
            _position += read;
            return read;
        }
        catch (InvalidDataException exception)
        {
            throw new IOException("The compressed file changed while it was read.", exception);
        }
    }

    /// <summary>Compression writes a file once.</summary>
    public Writers AskWriters() => Writers.None;

    public void Dispose()
    {
        _stream.Dispose();
        _compressed.Dispose();
    }

    private GZipStream Start() => new(new LogFileStream(_compressed), CompressionMode.Decompress);

    /// <summary>The compressed bytes as the stream that the inflater wants.</summary>
    private sealed class LogFileStream(ILogFile file) : Stream
    {
        private long _offset;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _offset; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = file.Read(buffer, _offset);
            _offset += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
