using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LogShipper.Demo;

/// <summary>A real nginx that serves requests of this process, rotated by rename and USR1.</summary>
internal sealed class NginxUnderLoad : IDemoWriter
{
    private static readonly string[] Locations = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"];
    private static readonly TimeSpan RotationInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReopenDelay = TimeSpan.FromMilliseconds(300);
    private const int Clients = 4;

    private readonly string _logDirectory;
    private readonly TimeProvider _time;
    private readonly Process _nginx;
    private readonly Uri _address;
    private long _requests;

    private NginxUnderLoad(string logDirectory, TimeProvider time, Process nginx, Uri address)
    {
        _logDirectory = logDirectory;
        _time = time;
        _nginx = nginx;
        _address = address;
    }

    public int Rotations { get; private set; }

    /// <summary>Where nginx is installed; null: nowhere that is looked.</summary>
    public static string? Find() => Array.Find(Locations, File.Exists);

    /// <summary>Starts nginx with a configuration of its own in <paramref name="folder"/>.</summary>
    public static NginxUnderLoad Start(string executable, string folder, string logDirectory, TimeProvider time)
    {
        var port = FreePort();
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(folder, logDirectory, port));
        var nginx = Process.Start(new ProcessStartInfo(executable, ["-p", folder, "-c", configuration, "-e", Path.Combine(logDirectory, "error.log")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        return new NginxUnderLoad(logDirectory, time, nginx, new Uri($"http://127.0.0.1:{port}/"));
    }

    public async Task WriteAsync(CancellationToken stop)
    {
        using var client = new HttpClient { BaseAddress = _address };
        var load = Enumerable.Range(0, Clients).Select(_ => RequestAsync(client, stop)).ToArray();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(RotationInterval, _time, stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await RotateAsync();
        }

        await Task.WhenAll(load);
        await SignalAsync("QUIT");
        await _nginx.WaitForExitAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        if (!_nginx.HasExited)
        {
            _nginx.Kill(entireProcessTree: true);
        }

        _nginx.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RequestAsync(HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _requests);
            try
            {
                using var answer = await client.GetAsync($"{(number % 20 == 0 ? "missing" : "")}?demo={number}", CancellationToken.None);
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
                await Task.Delay(ReopenDelay, _time, CancellationToken.None);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, CancellationToken.None);
        }
    }

    private async Task RotateAsync()
    {
        Rotations++;
        foreach (var name in (string[])["access.log", "error.log"])
        {
            var path = Path.Combine(_logDirectory, name);
            for (var last = Rotations; last > 1; last--)
            {
                File.Move($"{path}.{last - 1}", $"{path}.{last}");
            }

            File.Move(path, $"{path}.1");
        }

        // Until it is told, nginx goes on writing into the renamed files.
        await Task.Delay(ReopenDelay, _time, CancellationToken.None);
        await SignalAsync("USR1");
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _nginx.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Configuration(string folder, string logDirectory, int port) => $$"""
        {{(Environment.UserName == "root" ? "user root;" : "")}}
        daemon off;
        worker_processes 1;
        pid {{folder}}/nginx.pid;
        error_log {{logDirectory}}/error.log;
        events { worker_connections 64; }
        http {
          log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
          access_log {{logDirectory}}/access.log main;
          client_body_temp_path {{folder}}/body;
          proxy_temp_path {{folder}}/proxy;
          fastcgi_temp_path {{folder}}/fastcgi;
          uwsgi_temp_path {{folder}}/uwsgi;
          scgi_temp_path {{folder}}/scgi;
          server {
            listen 127.0.0.1:{{port}};
            location = / { return 200 "demo\n"; }
            location / { root {{folder}}/html; }
          }
        }
        """;
}
