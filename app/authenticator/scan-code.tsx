'use client';

import { Camera, CameraOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { codeOfAddress } from '#domain/authenticator';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';

/** Shape Detection API, where a browser has it. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
const detectors = () =>
  (globalThis as { BarcodeDetector?: new (given: { formats: string[] }) => Detector }).BarcodeDetector;

const LOOK_MS = 250;

/** Reads the QR code of security info with the camera, where this browser can. What the camera sees stays here. */
export function ScanCode({ onCode }: { onCode: (code: string) => void }) {
  const [able, setAble] = useState(false);
  const [scanning, setScanning] = useState(false);
  const [refused, setRefused] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const latest = useRef(onCode);

  useEffect(() => {
    latest.current = onCode;
  });
  useEffect(() => setAble(detectors() !== undefined && navigator.mediaDevices !== undefined), []);

  useEffect(() => {
    const Detecting = detectors();
    const picture = video.current;
    if (!scanning || Detecting === undefined || picture === null) return;
    const detector = new Detecting({ formats: ['qr_code'] });
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    async function look(seen: HTMLVideoElement) {
      const found = await detector.detect(seen).catch(() => []);
      if (left) return;
      const code = found.map(({ rawValue }) => codeOfAddress(rawValue, window.location.origin)).find(Boolean);
      if (!code) {
        timer = setTimeout(() => look(seen), LOOK_MS);
        return;
      }
      setScanning(false);
      latest.current(code);
    }
    void (async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        if (left) return stop();
        picture.srcObject = stream;
        await picture.play();
        await look(picture);
      } catch {
        if (left) return;
        setRefused(true);
        setScanning(false);
      }
    })();
    function stop() {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }
    return () => {
      left = true;
      clearTimeout(timer);
      stop();
    };
  }, [scanning]);

  if (!able) return null;
  return (
    <div className="flex flex-col gap-4">
      {refused ? (
        <Notice tone="warning" title="The camera can’t be used here">
          Allow it for this page in your browser’s settings, or type the code.
        </Notice>
      ) : null}
      {scanning ? (
        <video
          ref={video}
          muted
          playsInline
          aria-label="What the camera sees"
          className="aspect-square w-full rounded-card border border-line bg-sunken object-cover"
        />
      ) : null}
      <Button
        wide
        size="large"
        icon={scanning ? <CameraOff size={20} aria-hidden /> : <Camera size={20} aria-hidden />}
        onClick={() => {
          setRefused(false);
          setScanning(!scanning);
        }}
      >
        {scanning ? 'Stop the camera' : 'Scan the code with the camera'}
      </Button>
    </div>
  );
}
