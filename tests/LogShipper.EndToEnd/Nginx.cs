using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LogShipper.EndToEnd;

/// <summary>A real nginx with a folder of its own: <c>/n/…</c> is answered, <c>/missing/…</c> causes an error line, <c>/slow/…</c> is a slow download.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly string[] Candidates = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];

    private readonly Process _process;
    private readonly Task<string> _complaints;

    private Nginx(Process process, string folder, int port)
    {
        _process = process;
        _complaints = process.StandardError.ReadToEndAsync();
        Folder = folder;
        Port = port;
    }

    public static string? Binary { get; } = Array.Find(Candidates, File.Exists);

    public int Port { get; }

    public string Folder { get; }

    public string Logs => Path.Combine(Folder, "logs");

    public string AccessLog => Path.Combine(Logs, "access.log");

    public string ErrorLog => Path.Combine(Logs, "error.log");

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="folder">Where everything of it goes.</param>
    /// <param name="extra">More lines for the server block.</param>
    public static async Task<Nginx> StartAsync(string folder, string extra = "")
    {
        foreach (var name in (string[])["logs", "html/slow", "temp"])
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        await File.WriteAllBytesAsync(Path.Combine(folder, "html/slow/file"), new byte[200_000]);
        for (var tries = 0; ; tries++)
        {
            var port = Ports.Free();
            var configuration = Path.Combine(folder, "nginx.conf");
            await File.WriteAllTextAsync(configuration, Configuration(folder, port, extra));
            var process = Process.Start(new ProcessStartInfo(Binary!, ["-p", folder, "-c", configuration, "-e", Path.Combine(folder, "logs/error.log")])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            })!;
            var nginx = new Nginx(process, folder, port);
            if (await nginx.AnswersAsync())
            {
                return nginx;
            }

            var complaints = process.HasExited ? await nginx._complaints : "it does not answer";
            await nginx.DisposeAsync();
            if (tries == 3)
            {
                throw new InvalidOperationException($"nginx does not start: {complaints}");
            }
        }
    }

    /// <summary>Reopens the logs, as after a rename.</summary>
    public void Reopen() => Signals.Send(_process, Signals.Reopen);

    /// <summary>The stop signal of its image: requests under way are finished.</summary>
    public void Quit() => Signals.Send(_process, Signals.Quit);

    public async Task QuitAsync()
    {
        Quit();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGTERM lets the master take its workers with it; SIGKILL would leave them.
            Signals.Send(_process, Signals.Terminate);
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        for (var tries = 0; tries < 200 && !_process.HasExited; tries++)
        {
            try
            {
                // Connecting writes no line.
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return !_process.HasExited;
            }
            catch (SocketException)
            {
                await Task.Delay(25);
            }
        }

        return false;
    }

    private static string Configuration(string folder, int port, string extra) => string.Create(CultureInfo.InvariantCulture, $$"""
        {{(Environment.UserName == "root" ? "user root;" : "")}}
        daemon off;
        master_process on;
        worker_processes 2;
        pid {{folder}}/nginx.pid;
        error_log {{folder}}/logs/error.log notice;
        events { worker_connections 512; }
        http {
            client_body_temp_path {{folder}}/temp/body;
            proxy_temp_path {{folder}}/temp/proxy;
            fastcgi_temp_path {{folder}}/temp/fastcgi;
            uwsgi_temp_path {{folder}}/temp/uwsgi;
            scgi_temp_path {{folder}}/temp/scgi;
            log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                            '$status $body_bytes_sent "$http_referer" '
                            '"$http_user_agent" "$http_x_forwarded_for"';
            access_log {{folder}}/logs/access.log main;
            keepalive_requests 1000000;
            server {
                listen 127.0.0.1:{{port}};
                server_name pod.test;
                root {{folder}}/html;
                location /n/ { return 204; }
                location /slow/ { limit_rate 50k; }
                {{extra}}
            }
        }

        """);
}
